/** What verdicts mean as time goes by: grace, unknown, age, proof, several baselines, exemptions. */
import { describe, expect, test } from '@jest/globals';
import { CATALOGUE } from '../../src/checks/index.ts';
import type { Proof, Reading } from '../../src/model/index.ts';
import { appraisalOf, appraise, assess, baselinesFor, loadPolicies } from '../../src/policy/index.ts';
import { spanOf, timelineOf } from '../../src/policy/timeline.ts';
import { AT } from './policies.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const iso = (ms: number): string => new Date(ms).toISOString();
const disk = (state: 'encrypted' | 'plain', readAt = AT): Reading => ({
  check: 'disk.encryption',
  status: 'known',
  value: { volumes: [{ mount: '/', state, by: state === 'plain' ? [] : ['LUKS2'], plain: state === 'plain' ? ['sda2'] : [] }] },
  method: 'm',
  readAt: iso(readAt),
  tookMs: 1,
});
const unread: Reading = { check: 'disk.encryption', status: 'unknown', reason: 'permission', readAt: iso(AT), tookMs: 1 };
const noTpm: Reading = { check: 'hw.tpm', status: 'unknown', reason: 'permission', readAt: iso(AT), tookMs: 1 };

const baselineFile = (id: string, rule: object, more: object = {}) => ({
  name: `${id}.yaml`,
  text: JSON.stringify({ kind: 'baseline', id, platforms: ['linux'], checks: { 'disk.encryption': rule }, ...more }),
});
interface How {
  readonly since?: number;
  readonly oldest?: number;
  readonly proofs?: Record<string, Proof>;
}
/** Compliance at moments after the evidence, by rules for the disk. */
function compliance(readings: readonly Reading[], rules: readonly object[], moments: readonly number[], { since, oldest, proofs }: How = {}) {
  const { baselines } = loadPolicies(rules.map((rule, index) => baselineFile(`b${index}`, rule)));
  const age = oldest === undefined ? {} : { oldestReadAt: { process: oldest, cheap: oldest } };
  const assessment = assess(readings, { baselines, platform: 'linux', catalogue: CATALOGUE, at: AT, ...age, ...(proofs === undefined ? {} : { proofs }) });
  const clocks: Record<string, { since: number }> = since === undefined ? {} : { 'disk.encryption': { since } };
  const timeline = timelineOf(assessment, { clocks, exemptions: [] });
  return moments.map((after) => {
    const span = spanOf(timeline, AT + after);
    // What is looked up is what would be worked out at that moment.
    expect(appraisalOf(assessment, { clocks, exemptions: [] }, AT + after).compliance).toBe(span.compliance);
    return span.compliance;
  });
}

describe('grace', () => {
  test('tolerates a failure until its deadline, to the millisecond', () => {
    expect(compliance([disk('plain')], [{ grace: 'P7D' }], [0, 7 * DAY - 1, 7 * DAY])).toEqual(['grace', 'grace', 'not-compliant']);
  });
  test('counts from the first evidence that failed, not from the last', () => {
    expect(compliance([disk('plain')], [{ grace: 'P7D' }], [0, DAY - 1, DAY], { since: AT - 6 * DAY })).toEqual(['grace', 'grace', 'not-compliant']);
    expect(compliance([disk('plain')], [{ grace: 'P7D' }], [0], { since: AT - 8 * DAY })).toEqual(['not-compliant']);
  });
  test('is none where none is given', () => {
    expect(compliance([disk('plain')], [{}], [0])).toEqual(['not-compliant']);
  });
  test('is told with its deadline', () => {
    const { baselines } = loadPolicies([baselineFile('b', { grace: 'P7D' })]);
    const appraisal = appraise([disk('plain')], { baselines, platform: 'linux', catalogue: CATALOGUE, at: AT });
    const deadline = iso(AT + 7 * DAY);
    expect(appraisal).toMatchObject({ compliance: 'grace', deadline, reasons: [expect.stringContaining(`Tolerated until ${deadline}`)] });
    expect(appraisal.checks).toContainEqual(expect.objectContaining({ check: 'disk.encryption', standing: 'grace', since: iso(AT), deadline }));
  });
});

describe('an unknown verdict', () => {
  test.each<[object, string[]]>([
    [{ grace: 'P7D' }, ['unknown', 'unknown']],
    [{ grace: 'P7D', unknown: 'fail' }, ['not-compliant', 'not-compliant']],
    [{ grace: 'P7D', unknown: 'grace' }, ['grace', 'not-compliant']],
    [{ grace: 'P7D', unknown: 'ignore' }, ['compliant', 'compliant']],
  ])('%j: now, and after the grace', (rule, expected) => {
    expect(compliance([unread], [rule], [0, 7 * DAY])).toEqual(expected);
  });
  test('has what is left of the grace of the failure before it', () => {
    expect(compliance([unread], [{ grace: 'P7D', unknown: 'grace' }], [0, DAY], { since: AT - 6 * DAY })).toEqual(['grace', 'not-compliant']);
  });
});

describe('maxAge', () => {
  test('makes a reading unknown when it has grown too old, between two reports too', () => {
    expect(compliance([disk('encrypted', AT - 50 * MINUTE)], [{ maxAge: 'PT1H' }], [0, 10 * MINUTE - 1, 10 * MINUTE])).toEqual([
      'compliant',
      'compliant',
      'unknown',
    ]);
  });
  test('makes no failure better', () => {
    expect(compliance([disk('plain', AT - 50 * MINUTE)], [{ maxAge: 'PT1H', unknown: 'ignore' }], [0, HOUR])).toEqual(['not-compliant', 'not-compliant']);
  });
  test('counts from when a heartbeat says that it was read again', () => {
    expect(compliance([disk('encrypted', AT - DAY)], [{ maxAge: 'PT1H' }], [0, HOUR], { oldest: AT - MINUTE })).toEqual(['compliant', 'unknown']);
  });
  test('is not stretched by a device whose clock is ahead', () => {
    expect(compliance([disk('encrypted', AT + DAY)], [{ maxAge: 'PT1H' }], [HOUR])).toEqual(['unknown']);
  });
  test('with unknown: grace, the grace begins when the reading has grown too old', () => {
    expect(compliance([disk('encrypted')], [{ maxAge: 'PT1H', grace: 'PT1H', unknown: 'grace' }], [0, HOUR, 2 * HOUR])).toEqual([
      'compliant',
      'grace',
      'not-compliant',
    ]);
  });
});

describe('proof', () => {
  test('what passes and is proven less than wanted is not known; what fails, fails', () => {
    expect(compliance([disk('encrypted')], [{ proof: 'measured' }], [0])).toEqual(['unknown']);
    expect(compliance([disk('encrypted')], [{ proof: 'measured' }], [0], { proofs: { 'disk.encryption': 'corroborated' } })).toEqual(['unknown']);
    expect(compliance([disk('encrypted')], [{ proof: 'measured' }], [0], { proofs: { 'disk.encryption': 'measured' } })).toEqual(['compliant']);
    expect(compliance([disk('plain')], [{ proof: 'measured' }], [0])).toEqual(['not-compliant']);
  });
});

describe('several baselines', () => {
  test('apply all, and the strictest wins, in whatever order', () => {
    const [easy, strict] = [{ grace: 'P30D' }, { grace: 'P1D' }];
    for (const rules of [
      [easy, strict],
      [strict, easy],
    ])
      expect(compliance([disk('plain')], rules, [0, DAY])).toEqual(['grace', 'not-compliant']);
    expect(compliance([unread], [{ unknown: 'ignore' }, {}], [0])).toEqual(['unknown']);
    expect(compliance([unread], [{ unknown: 'ignore' }, { unknown: 'fail' }], [0])).toEqual(['not-compliant']);
  });
  test('are named together', () => {
    const { baselines } = loadPolicies([baselineFile('b', {}), baselineFile('a', {})]);
    const appraisal = appraise([disk('plain')], { baselines, platform: 'linux', catalogue: CATALOGUE, at: AT });
    expect(appraisal.baseline?.id).toBe('a+b');
    expect(appraisal.baselines.map(({ id }) => id)).toEqual(['a', 'b']);
  });
  const device = {
    id: 'd',
    platform: 'linux' as const,
    assurance: 'software' as const,
    owner: 'ann',
    ownerGroups: new Set(['admins']),
    tags: ['kiosk'],
    about: {},
  };
  test.each<[string, object | undefined, boolean]>([
    ['nothing named', undefined, true],
    ['a tag that it has', { tags: ['kiosk', 'lab'] }, true],
    ['a tag that it lacks', { tags: ['lab'] }, false],
    ['a group of its owner', { ownerGroups: ['admins'] }, true],
    ['a group of others', { ownerGroups: ['guests'] }, false],
    ['a condition that holds', { cel: 'device.values["disk.encryption"].volumes.size() == 1' }, true],
    ['a condition that does not', { cel: 'device.platform == "win32"' }, false],
    ['a condition that cannot be known: it applies, so that nobody gets out of it by not telling', { cel: 'device.values["hw.tpm"].version == "2.0"' }, true],
    ['all must hold', { tags: ['kiosk'], ownerGroups: ['guests'] }, false],
  ])('are for a device by %s', (_name, when, expected) => {
    const { baselines } = loadPolicies([baselineFile('b', {}, when === undefined ? {} : { when })]);
    expect(baselinesFor(baselines, device, [disk('plain'), noTpm])).toHaveLength(expected ? 1 : 0);
  });
});

describe('an exemption', () => {
  const exemptionFile = (body: object) => ({
    name: 'e.yaml',
    text: JSON.stringify({
      kind: 'exemption',
      id: 'e',
      devices: ['d'],
      checks: ['disk.encryption'],
      by: 'ann',
      why: 'replaced in spring',
      until: iso(AT + DAY),
      ...body,
    }),
  });
  const timeline = (body: object, app?: string) => {
    const { baselines, exemptions } = loadPolicies([baselineFile('b', {}), exemptionFile(body)]);
    const assessment = assess([disk('plain')], { baselines, platform: 'linux', catalogue: CATALOGUE, at: AT });
    return timelineOf(assessment, { clocks: {}, exemptions }, app);
  };
  test('takes a check out of the count, and ends by itself', () => {
    expect([0, DAY - 1, DAY].map((after) => spanOf(timeline({}), AT + after).compliance)).toEqual(['compliant', 'compliant', 'not-compliant']);
  });
  test('of one app does so for it alone', () => {
    expect(spanOf(timeline({ apps: ['scanner'] }), AT).compliance).toBe('not-compliant');
    expect(spanOf(timeline({ apps: ['scanner'] }, 'scanner'), AT).compliance).toBe('compliant');
    expect(spanOf(timeline({ apps: ['scanner'] }, 'wiki'), AT).compliance).toBe('not-compliant');
  });
  test('that ends on a day holds until the end of it', () => {
    const day = { until: '2026-11-24' };
    expect(spanOf(timeline(day), Date.parse('2026-11-24T23:59:59Z')).compliance).toBe('compliant');
    expect(spanOf(timeline(day), Date.parse('2026-11-25T00:00:00Z')).compliance).toBe('not-compliant');
  });
  test('is shown: by whom, why, until when', () => {
    const { baselines, exemptions } = loadPolicies([baselineFile('b', {}), exemptionFile({})]);
    const appraisal = appraise([disk('plain')], { baselines, platform: 'linux', catalogue: CATALOGUE, at: AT }, { clocks: {}, exemptions });
    expect(appraisal.checks).toContainEqual(
      expect.objectContaining({ verdict: 'fail', standing: 'exempt', exemption: { id: 'e', by: 'ann', why: 'replaced in spring', until: iso(AT + DAY) } }),
    );
  });
});
