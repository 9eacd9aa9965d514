/** What simulated machines report: of the form that each check has, well where nothing is wrong, and failing where something is. */
import { describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { CATALOGUE, checkById } from '../../../src/checks/index.ts';
import { defaultParams, judgeReading } from '../../../src/checks/run.ts';
import { BLIND_SPOTS, DEFECTS, type Defect } from '../../../src/cli/simulate/defects.ts';
import { readingsAt } from '../../../src/cli/simulate/health.ts';
import { MODELS, type Model } from '../../../src/cli/simulate/machines.ts';
import { createOrganisation } from '../../../src/cli/simulate/organisation.ts';
import { type Check, PLATFORMS, type Reading } from '../../../src/model/index.ts';

const AT = Date.parse('2026-11-24T10:00:00Z');
const [template] = createOrganisation(1, 1).devices;
/** Readings of a machine of this model with these defects since this morning. */
const read = (model: Model, ...defects: readonly Defect[]): readonly Reading[] =>
  readingsAt(
    { ...(template as NonNullable<typeof template>), model },
    { spells: defects.map((defect) => ({ defect, from: AT - 3_600_000, until: AT + 1 })), boots: [AT - 86_400_000] },
    AT,
  );
const verdictOf = (check: Check, readings: readonly Reading[]): string =>
  judgeReading(check, readings.find((reading) => reading.check === check.id) as Reading, defaultParams(check), AT).verdict;
const validators = new Map(CATALOGUE.map(({ id, value }) => [id, Compile(value)]));

/** A value that only its schema knows would be judged unknown, and nobody would see why. */
function expectValid(readings: readonly Reading[]): void {
  expect(readings.map(({ check }) => check)).toEqual(CATALOGUE.map(({ id }) => id));
  const invalid = readings.filter((reading) => reading.status === 'known' && validators.get(reading.check)?.Check(reading.value) !== true);
  expect(invalid).toEqual([]);
  expect(JSON.stringify(readings)).not.toContain('"$');
}

describe.each(MODELS.map((model) => [model.name, model] as const))('%s', (_name, model) => {
  const readings = read(model);
  test('reports the whole catalogue, each value of its form', () => expectValid(readings));
  test('calls not applicable what the catalogue lets it, and nothing else', () => {
    const unjustified = readings.filter((reading) => {
      if (reading.status !== 'not-applicable') return false;
      const { read: readers, excuses } = checkById(reading.check) as Check;
      return readers[model.platform] === undefined ? reading.reason !== 'platform' : excuses?.[model.platform]?.includes(reading.reason) !== true;
    });
    expect(unjustified).toEqual([]);
  });
  test('is well where nothing is wrong with it, but for what its maker mends no more', () => {
    const failing = CATALOGUE.filter((check) => verdictOf(check, readings) === 'fail').map(({ id }) => id);
    const tooOld = model.weight < 10;
    expect(failing.includes('os.supported')).toBe(tooOld);
    expect(failing.filter((id) => id !== 'os.supported' && id !== 'os.patch_level')).toEqual([]);
  });
});

const cases = [...DEFECTS, ...BLIND_SPOTS].flatMap((defect) =>
  PLATFORMS.filter((platform) => defect.changes[platform] !== undefined).map((platform) => [defect.name, platform, defect] as const),
);
test.each(cases)('"%s" on %s makes each check that it names fail, or unknown where it cannot be read', (_name, platform, defect) => {
  const model = MODELS.find((one) => one.platform === platform) as Model;
  const [well, spoiled] = [read(model), read(model, defect)];
  expectValid(spoiled);
  for (const [id, change] of Object.entries(defect.changes[platform] ?? {})) {
    const check = checkById(id) as Check;
    expect([id, verdictOf(check, well)]).toEqual([id, 'pass']);
    expect([id, verdictOf(check, spoiled)]).toEqual([id, typeof change === 'string' ? 'unknown' : 'fail']);
  }
});
