/** Our own complete machines: read as they are, with every door failing, and with one door failing at a time. None needs anything beside this repository. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CATALOGUE } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { scoreFolder } from '../../src/cli/accuracy.ts';
import { readRecording } from '../../src/cli/machine.ts';
import { SPOILS, spoil } from '../../src/cli/spoiled-machine.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { type Check, DoorError, type Got, type Host, PLATFORMS, type Platform, type Reading, type Verdict } from '../../src/model/index.ts';
import { guarded, isUnrecorded } from './guarded.ts';

const folder = path.join(import.meta.dirname, '../hosts');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const machines = files.map((file) => ({ file, host: createRecordedHost(readRecording(path.join(folder, file))) }));
const rows = await scoreFolder(folder);
/** Verdicts that are right of a machine as it is. */
const acceptedOf = (file: string, check: string): readonly Verdict[] =>
  rows.find((row) => row.file === file && row.check === check && row.spoil === undefined)?.accept ?? [];

async function judgeOn(check: Check, host: Host): Promise<{ reading: Reading; verdict: Verdict }> {
  const [reading] = (await readChecks([check], host)) as [Reading];
  return { reading, verdict: judgeReading(check, reading, defaultParams(check), host.now()).verdict };
}

describe('machines', () => {
  test('every machine says what is right of every check', () => {
    for (const { file, host } of machines) {
      const said = rows.filter((row) => row.file === file && row.spoil === undefined).map(({ check }) => check);
      expect({ file, checks: said.sort() }).toEqual({ file, checks: CATALOGUE.map(({ id }) => id).sort() });
      expect(PLATFORMS).toContain(host.os);
    }
  });
  test('on each system one has every program missing, one is denied everything, one is slow and one prints garbage', () => {
    const told = new Set(rows.filter((row) => row.spoil !== undefined).map(({ os, spoil: how }) => `${os} ${how}`));
    expect([...told].sort()).toEqual(PLATFORMS.flatMap((os) => SPOILS.map((how) => `${os} ${how}`)).sort());
  });
  test('no check is wrong about any of them', () => {
    expect(rows.length).toBeGreaterThanOrEqual(17 * CATALOGUE.length);
    expect(rows.filter(({ score }) => score !== 'right').map(({ file, spoil: how, check, score, verdict }) => ({ file, how, check, score, verdict }))).toEqual(
      [],
    );
  });
  test('a wrong yes would be seen', async () => {
    const { file, host } = machines.find(({ host: one }) => one.os === 'linux') as (typeof machines)[number];
    const broken: Check = { ...(CATALOGUE.find(({ id }) => id === 'remote.ssh') as Check), judge: () => ({ verdict: 'pass' }) };
    const open = machines.find(({ host: one, file: name }) => one.os === 'linux' && acceptedOf(name, 'remote.ssh')[0] === 'fail');
    expect((await judgeOn(broken, open?.host ?? host)).verdict).toBe('pass');
    expect(acceptedOf(open?.file ?? file, 'remote.ssh')).not.toContain('pass');
  });
});

describe('what is asked', () => {
  test.each(machines)('$file: nothing that it has no answer to', async ({ host }) => {
    const missing = new Set<string>();
    const noting = guarded(
      host,
      () => {},
      (call, error) => void (isUnrecorded(error) && missing.add(call)),
    );
    await readChecks(CATALOGUE, noting);
    // All that is declared on Windows is asked of every Windows, whether a reader comes to look at it or not.
    const got = await noting.gather([]);
    for (const need of host.os === 'win32' ? CATALOGUE.flatMap((check) => check.read.win32?.needs ?? []) : []) {
      try {
        got(need);
      } catch (error) {
        expect(error).toBeInstanceOf(DoorError);
      }
    }
    expect([...missing]).toEqual([]);
  });

  /** Machines of one system on which every door fails, as different people in different sessions see them. */
  function bare(os: Platform): Host[] {
    const desktops = [
      {},
      { XDG_CURRENT_DESKTOP: 'GNOME' },
      { XDG_CURRENT_DESKTOP: 'KDE' },
      { XDG_CURRENT_DESKTOP: 'X-Cinnamon' },
      { XDG_CURRENT_DESKTOP: 'MATE' },
    ];
    const base = createRecordedHost({ os, release: 'bare', user: { uid: 0, admin: false }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] });
    return [0, 1000].flatMap((uid) =>
      desktops.map((desktop) => ({ ...base, user: { uid, admin: false, groups: [] }, env: { HOME: '/home/example', USER: 'example', ...desktop } })),
    );
  }
  test.each(['linux', 'darwin'] as const)('%s: what a check falls back to where nothing answers stands in at least one machine', async (os) => {
    const asked = new Map<string, (host: Host) => Promise<unknown>>();
    for (const host of bare(os)) {
      for (const code of ['ENOENT', 'EACCES']) {
        const fail = (call: string): void => {
          const [door, ...args] = JSON.parse(call) as [keyof Host, ...never[]];
          asked.set(call, (machine) => (machine[door] as (...given: never[]) => Promise<unknown>)(...args));
          throw new DoorError(code, call);
        };
        await readChecks(CATALOGUE, guarded(host, fail));
      }
    }
    const ours = machines.filter(({ host }) => host.os === os).map(({ host }) => host);
    const answers = async (machine: Host, ask: (host: Host) => Promise<unknown>): Promise<boolean> =>
      ask(machine).then(
        () => true,
        (error: unknown) => !isUnrecorded(error),
      );
    const nowhere: string[] = [];
    for (const [call, ask] of asked) {
      const known = await Promise.all(ours.map((machine) => answers(machine, ask)));
      if (!known.includes(true)) nowhere.push(call);
    }
    expect(asked.size).toBeGreaterThan(os === 'linux' ? 100 : 40);
    expect(nowhere).toEqual([]);
  });
});

describe('what fails changes no answer into another one', () => {
  test.each(SPOILS)('every machine, %s: a check says what is right, or that it does not know', async (how) => {
    const wrong: unknown[] = [];
    for (const { file, host } of machines) {
      for (const check of CATALOGUE) {
        const { reading, verdict } = await judgeOn(check, spoil(host, how));
        const isAllowed = verdict === 'unknown' || acceptedOf(file, check.id).includes(verdict);
        const reason = reading.status === 'unknown' ? reading.reason : '';
        if (!isAllowed || reason === 'internal' || reason === 'not-recorded') wrong.push({ file, check: check.id, verdict, reason });
      }
    }
    expect(wrong).toEqual([]);
  });

  // A file that is not there is an answer; a door that is locked, silent or out of its mind is none.
  const CODES = ['EACCES', 'ETIMEDOUT', 'EOUTPUT'];
  /** What a check must not say where the calls that `hits` names fail. */
  async function wrongOf(file: string, host: Host, check: Check, hits: (call: string) => boolean): Promise<object[]> {
    const wrong: object[] = [];
    for (const code of CODES) {
      const unrecorded: string[] = [];
      const fail = (call: string): void => {
        if (hits(call)) throw new DoorError(code, call);
      };
      const note = (call: string, error: unknown): void => void (isUnrecorded(error) && unrecorded.push(call));
      const { verdict } = await judgeOn(check, guarded(host, fail, note));
      if (verdict !== 'unknown' && !acceptedOf(file, check.id).includes(verdict)) wrong.push({ check: check.id, code, verdict });
      if (unrecorded.length > 0) wrong.push({ check: check.id, code, unrecorded });
    }
    return wrong;
  }
  const kindOf = (call: string): string => {
    const said = JSON.parse(call) as [string] | { door: string };
    return Array.isArray(said) ? said[0] : said.door;
  };
  test.each(machines)('$file: one call that fails, and every call of one kind', async ({ file, host }) => {
    const wrong: object[] = [];
    let failures = 0;
    for (const check of CATALOGUE) {
      const calls = new Set<string>();
      await readChecks(
        [check],
        guarded(host, (call) => void calls.add(call)),
      );
      for (const one of calls) wrong.push(...(await wrongOf(file, host, check, (call) => call === one)).map((what) => ({ ...what, failing: one })));
      for (const kind of new Set([...calls].map(kindOf)))
        wrong.push(...(await wrongOf(file, host, check, (call) => kindOf(call) === kind)).map((what) => ({ ...what, failing: kind })));
      failures += calls.size;
    }
    expect(failures).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });
});

test('what a reader excuses, the catalogue grants', async () => {
  const ungranted = new Set<string>();
  for (const { host } of machines) {
    for (const each of [host, ...SPOILS.map((how) => spoil(host, how))]) {
      for (const reading of await readChecks(CATALOGUE, each)) {
        const check = CATALOGUE.find(({ id }) => id === reading.check) as Check;
        if (reading.status !== 'not-applicable' || check.read[host.os] === undefined) continue;
        if (!check.excuses?.[host.os]?.includes(reading.reason)) ungranted.add(`${host.os} ${check.id}: ${reading.reason}`);
      }
    }
  }
  expect([...ungranted]).toEqual([]);
});

test('what failed is said in words, and without the name of the person', async () => {
  const said: string[] = [];
  for (const { host } of machines)
    for (const how of SPOILS)
      for (const reading of await readChecks(CATALOGUE, spoil(host, how))) if ('detail' in reading && reading.detail) said.push(reading.detail);
  expect(said.length).toBeGreaterThan(500);
  expect(said.filter((detail) => /\/(home|Users)\/example|^E[A-Z]{3,}:|undefined/.test(detail))).toEqual([]);
  const { host } = machines.find(({ file }) => file === 'arch-kde.json') as (typeof machines)[number];
  const locked = guarded(host, (call) => {
    if (call.includes('/home/example/')) throw new DoorError('EACCES', `read ${JSON.parse(call)[1]}`);
  });
  const { reading } = await judgeOn(CATALOGUE.find(({ id }) => id === 'screen.lock') as Check, locked);
  expect(reading).toMatchObject({ reason: 'permission', detail: 'Not allowed: read ~/.config/kscreenlockerrc' });
});

test('a need that nothing answers is not a thing that is absent, where PowerShell itself is', async () => {
  const [windows] = machines.filter(({ host }) => host.os === 'win32');
  const got = (await spoil((windows as (typeof machines)[number]).host, 'missing').gather([])) as Got;
  expect(() => got({ door: 'registry', key: 'HKLM\\SOFTWARE' })).toThrow(expect.objectContaining({ code: 'ENOTOOL' }));
});
