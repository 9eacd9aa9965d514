/** What people are told to do: there for every check that can fail, on every system, in every language, and nowhere half made. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CATALOGUE } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { readRecording } from '../../src/cli/machine.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { type Check, LANGUAGES, PLATFORMS, type Platform, type Remedy } from '../../src/model/index.ts';

/** Schemes that the window opens: those of settings, and of no program of anybody else. */
const SCHEMES = ['x-apple.systempreferences:', 'ms-settings:', 'windowsdefender:'];
/** Says where the system runs, and judges nothing. */
const NEVER_FAILS = ['device.virtual'];

/** Values that fail on our own machines, with the sentence that says why. */
const failing = (
  await Promise.all(
    readdirSync(path.join(import.meta.dirname, '../hosts'))
      .filter((file) => file.endsWith('.json'))
      .map(async (file) => {
        const host = createRecordedHost(readRecording(path.join(import.meta.dirname, '../hosts', file)));
        return (await readChecks(CATALOGUE, host)).flatMap((reading) => {
          const check = CATALOGUE.find(({ id }) => id === reading.check) as Check;
          const { verdict, because = '' } = judgeReading(check, reading, defaultParams(check), host.now());
          return verdict === 'fail' && reading.status === 'known' ? [{ file, os: host.os, check, value: reading.value, because }] : [];
        });
      }),
  )
).flat();

const asked = CATALOGUE.flatMap((check) => PLATFORMS.filter((os) => check.read[os] !== undefined).map((os) => ({ id: check.id, os, check })));

function expectWhole({ steps, open }: Remedy): void {
  for (const step of steps) {
    for (const language of LANGUAGES) {
      expect(step[language].trim()).not.toBe('');
      expect(step[language]).not.toMatch(/undefined|null|NaN|\[object|\$\{/);
    }
  }
  if (open !== undefined) expect(SCHEMES.some((scheme) => open.startsWith(scheme))).toBe(true);
}

describe('every remedy', () => {
  test.each(asked)('$id on $os, for whoever asks before anything was read', ({ id, os, check }) => {
    const remedy = check.remedy(undefined, os);
    expectWhole(remedy);
    if (!NEVER_FAILS.includes(id)) expect(remedy.steps.length).toBeGreaterThan(0);
  });
  test.each(failing)('$file: $because', ({ os, check, value }) => {
    const remedy = check.remedy(value, os);
    expectWhole(remedy);
    expect(remedy.steps.length).toBeGreaterThan(0);
  });
  test('German is German: no remedy says the same in both languages from its first step to its last', () => {
    const same = asked.filter(({ check, os }) => {
      const { steps } = check.remedy(undefined, os);
      return steps.length > 0 && steps.every(({ en, de }) => en === de);
    });
    expect(same.map(({ id, os }) => `${id} ${os}`)).toEqual([]);
  });
  test('a deep link is one of the system that it is said on', () => {
    const of = (os: Platform) => asked.filter((each) => each.os === os).flatMap(({ check }) => check.remedy(undefined, os).open ?? []);
    expect(of('linux')).toEqual([]);
    expect(of('darwin').filter((link) => !link.startsWith('x-apple.systempreferences:'))).toEqual([]);
    expect(of('win32').filter((link) => !/^(ms-settings|windowsdefender):/.test(link))).toEqual([]);
  });
});

describe('every check', () => {
  test.each(CATALOGUE)('$id says what it is for and which controls ask for it', ({ title, why, controls }) => {
    for (const text of [title, why]) expect(text.trim()).not.toBe('');
    expect(why).toMatch(/[.]$/);
    expect(controls.length).toBeGreaterThan(0);
    expect(controls.filter((control) => !/^(CIS|NIST) \S/.test(control))).toEqual([]);
  });
  test('the sentence of a failing check ends, and names no program error', () => {
    expect(failing.length).toBeGreaterThan(60);
    for (const { because } of failing) {
      expect(because).toMatch(/[.]$/);
      expect(because).not.toMatch(/undefined|null|NaN|\[object|^E[A-Z]+\b/);
    }
  });
});
