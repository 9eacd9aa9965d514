/** One refresh of the whole catalogue: what it starts, what it shares, and how long one that hangs may keep the others. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Type } from 'typebox';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { shareCalls } from '../../src/checks/share-calls.ts';
import { createRealHost, createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { joinSysctl } from '../../src/host/sysctl.ts';
import {
  attempt,
  type Check,
  DoorError,
  defineCheck,
  type Got,
  type Host,
  known,
  type Need,
  type Platform,
  pass,
  type Reading,
  type RunResult,
} from '../../src/model/index.ts';
import { corpus, describeWithCorpus } from '../corpus.ts';

const MAX_PROCESSES = { darwin: 12, linux: 10 } as const;
const blank = (os: Platform): Host =>
  createRecordedHost({ os, release: 'test', user: { uid: 1000, admin: false }, env: {}, now: '2026-11-24T08:00:00Z', calls: [] });

/**
 * Counts what a host is asked that starts a process on the real machine. `gsettings` starts one each, `systemctl` one for the units of each scope,
 * `sysctl` one for the names of one moment. A program that is not there, or may not be started, is none.
 */
function counting(host: Host) {
  const counts = { runs: [] as string[], settings: 0, scopes: new Set<string>(), gathers: 0 };
  /** The value of a name, out of the answer that a recording has for it in either form. */
  const value = async (name: string): Promise<string> => {
    const bare = await host.run('sysctl', ['-n', name]).catch(() => undefined);
    const named = bare ?? (await host.run('sysctl', [name]).catch(() => undefined));
    const text = named?.exit === 0 ? named.stdout : '';
    return text.startsWith(`${name}: `) || text === '' ? text : `${name}: ${text}`;
  };
  /** The answers of several names, as one call gives them. */
  const several = async (names: readonly string[]): Promise<RunResult> => ({ stdout: (await Promise.all(names.map(value))).join(''), stderr: '', exit: 0 });
  const run = joinSysctl(async (program, args, timeoutMs) => {
    const joined = program === 'sysctl' && args.length > 1 && args[0] !== '-n';
    const answer = joined ? several(args) : host.run(program, args, timeoutMs === undefined ? {} : { timeoutMs });
    const code = await attempt(answer).then((failure) => (failure instanceof DoorError ? failure.code : ''));
    // A name that a recording lacks is asked again by itself; on a real Mac the joined call knows it.
    const again = program === 'sysctl' && code === 'ENOTRECORDED' && counts.runs.some((call) => call.startsWith('sysctl '));
    if (code !== 'ENOENT' && code !== 'EACCES' && !again) counts.runs.push([program, ...args].join(' '));
    return answer;
  });
  // A recording may leave out the groups of the account; a Mac tells every process its own.
  const groups = host.os === 'darwin' && host.user.groups.length === 0 ? ['staff'] : host.user.groups;
  const counted: Host = {
    ...host,
    user: { ...host.user, groups },
    run: (program, args, options) => run(program, args, options?.timeoutMs),
    gsettings: (schema, key) => {
      counts.settings++;
      return host.gsettings(schema, key);
    },
    unit: (name, scope = 'system') => {
      counts.scopes.add(scope);
      return host.unit(name, scope);
    },
    gather: (needs) => {
      counts.gathers++;
      return host.gather(needs);
    },
  };
  return { host: counted, counts, processes: () => counts.runs.length + counts.settings + counts.scopes.size };
}

const quick = CATALOGUE.filter(({ cost }) => cost !== 'slow');

/** Complete machines of one system: our own, and those of the shared recordings. */
function machines(...folders: string[]): [name: string, host: () => Host][] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .filter((file) => file.endsWith('.json'))
    .map((file) => [path.basename(file), () => createRecordedHost(parseRecording(readFileSync(file, 'utf8')))]);
}
const ours = machines(path.join(import.meta.dirname, '../hosts'));
const onSystem = (all: typeof ours, os: Platform) => all.filter(([, open]) => open().os === os);

describe('processes of a refresh', () => {
  test('the counter counts', async () => {
    const { host, processes } = counting(blank('linux'));
    await Promise.allSettled([host.run('a', []), host.run('a', ['b']), host.gsettings('s', 'k'), host.unit('a.service'), host.unit('b.service')]);
    expect(processes()).toBe(4);
  });
  test.each(ours)('%s: within the bound of its system', async (_name, open) => {
    const { host, counts, processes } = counting(open());
    await readChecks(quick, host);
    if (host.os === 'win32') expect(counts).toMatchObject({ runs: [], settings: 0, gathers: 1 });
    else expect({ runs: counts.runs, many: processes() > MAX_PROCESSES[host.os] }).toEqual({ runs: expect.anything(), many: false });
  });
  test('this machine, really: at most ten programs on Linux', async () => {
    const started: string[] = [];
    const host = createRealHost({ onRun: (program) => void started.push(program) });
    await readChecks(quick, host);
    if (host.os === 'linux') expect({ started, many: started.length > MAX_PROCESSES.linux }).toMatchObject({ many: false });
  });
});

describeWithCorpus('processes of a refresh, on the shared machines', () => {
  const shared = (system: string) => machines(path.join(corpus ?? '', 'recordings', system, 'machine'));
  test('macOS: at most twelve programs, each started once', async () => {
    const hosts = onSystem(shared('macos'), 'darwin');
    expect(hosts.length).toBeGreaterThanOrEqual(3);
    for (const [name, open] of hosts) {
      const { host, counts } = counting(open());
      await readChecks(quick, host);
      expect(counts.runs).toEqual([...new Set(counts.runs)]);
      expect({ name, runs: counts.runs, many: counts.runs.length > MAX_PROCESSES.darwin }).toMatchObject({ many: false });
    }
  });
  test('Windows: one gathering, and no program beside it', async () => {
    const hosts = onSystem(shared('windows'), 'win32');
    expect(hosts.length).toBeGreaterThanOrEqual(3);
    for (const [, open] of hosts) {
      const { host, counts, processes } = counting(open());
      await readChecks(CATALOGUE, host);
      expect({ gathers: counts.gathers, processes: processes() }).toEqual({ gathers: 1, processes: 0 });
    }
  });
});

describe('equal calls of one refresh', () => {
  const asking = (id: string, ask: (host: Host) => Promise<unknown>): Check =>
    defineCheck({
      ...{ id, title: id, why: id, group: 'system', owner: 'user', cost: 'process', controls: [] },
      value: Type.Unknown(),
      params: Type.Object({}),
      read: { linux: async (host) => known(await ask(host), 'test') },
      judge: () => pass(),
      remedy: () => ({ steps: [] }),
    });

  test('are one call, and both get its answer', async () => {
    const { host, counts } = counting({ ...blank('linux'), run: async () => ({ stdout: 'x', stderr: '', exit: 0 }) });
    const checks = ['a', 'b'].map((id) => asking(id, (machine) => machine.run('sw_vers', [])));
    const readings = await readChecks(checks, host);
    expect(readings.map((reading) => reading.status)).toEqual(['known', 'known']);
    expect(counts.runs).toEqual(['sw_vers']);
  });
  test('fail together', async () => {
    const { host, counts } = counting(blank('linux'));
    const checks = ['a', 'b'].map((id) => asking(id, (machine) => machine.run('sw_vers', [])));
    expect((await readChecks(checks, host)).map((reading) => 'reason' in reading && reading.reason)).toEqual(['not-recorded', 'not-recorded']);
    expect(counts.runs).toHaveLength(1);
  });
  test('differ by argument, by door and by bound', async () => {
    const { host, counts } = counting({ ...blank('linux'), run: async () => ({ stdout: 'x', stderr: '', exit: 0 }) });
    const shared = shareCalls(host);
    await Promise.all([shared.run('a', ['b c']), shared.run('a', ['b', 'c']), shared.run('a', ['b c'], { timeoutMs: 9 }), shared.run('a', ['b c'])]);
    expect(counts.runs).toHaveLength(3);
    await expect(shared.read('/x')).rejects.toThrow(DoorError);
    await expect(shared.readBytes('/x')).rejects.toThrow(DoorError);
  });
  test('are asked anew in the next refresh', async () => {
    let answers = 0;
    const host: Host = { ...blank('linux'), read: async () => String(++answers) };
    const check = asking('a', (machine) => machine.read('/state'));
    const value = async () => ((await readChecks([check], host))[0] as Extract<Reading, { status: 'known' }>).value;
    expect([await value(), await value()]).toEqual(['1', '2']);
  });
});

describe('a machine that does not answer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const never = () => new Promise<never>(() => {});
  const hanging = (os: Platform): Host => ({
    ...blank(os),
    // Names that make the readers of a session ask.
    env: { HOME: '/home/example', USER: 'example', XDG_CURRENT_DESKTOP: 'GNOME' },
    ...{ run: never, read: never, readBytes: never, list: never, link: never, stat: never, unit: never, gsettings: never, plist: never, gather: never },
  });
  const reasonOf = (reading: Reading): string => ('reason' in reading ? `${reading.status}: ${reading.reason}` : reading.status);

  test.each(['linux', 'darwin', 'win32'] as const)('%s: every check that would ask is a time-out, once its bound has passed', async (os) => {
    const readings = readChecks(quick, hanging(os));
    // The longest bound that a quick check may have, on Windows beside that of the one PowerShell.
    await jest.advanceTimersByTimeAsync(os === 'win32' ? 35_000 : 30_000);
    const found = new Set((await readings).filter(({ check }) => quick.find(({ id }) => id === check)?.read[os] !== undefined).map(reasonOf));
    expect([...found]).toEqual(['unknown: timeout']);
  });
  test.each(['linux', 'darwin'] as const)('%s: a program that hangs takes no check with it that asks something else', async (os) => {
    const [, open] = onSystem(ours, os)[0] ?? [];
    const machine = open?.() ?? blank(os);
    const silent: Host = { ...machine, run: never };
    const asks = new Set<string>();
    /** Notes which checks ask the program that never answers. */
    const noting = (id: string, host: Host): Host => ({
      ...host,
      run: (...args) => {
        asks.add(id);
        return host.run(...args);
      },
    });
    const watched = (check: Check): Check => ({ ...check, read: { [os]: (host: Host) => check.read[os]?.(noting(check.id, host)) } });
    const pending = readChecks(quick.filter((check) => check.read[os] !== undefined).map(watched), silent);
    await jest.advanceTimersByTimeAsync(30_000);
    const late = (await pending).filter((reading) => 'reason' in reading && reading.reason === 'timeout').map(({ check }) => check);
    expect(late.filter((check) => !asks.has(check))).toEqual([]);
    const unhurt = await pending.then((readings) => readings.filter(({ check }) => !asks.has(check)));
    const alone = await readChecks(
      quick.filter(({ id }) => unhurt.some(({ check }) => check === id)),
      machine,
    );
    expect(unhurt.map(reasonOf)).toEqual(alone.map(reasonOf));
  });
  test('win32: a need that never answered leaves the others their answers', async () => {
    const [, open] = onSystem(ours, 'win32')[0] ?? [];
    const machine = open?.() ?? blank('win32');
    const got = await machine.gather([]);
    const stuck: Need['door'] = 'cim';
    const partial: Host = {
      ...machine,
      gather: async () =>
        ((need) => {
          if (need.door === stuck) throw new DoorError('ETIMEDOUT', 'cim');
          return got(need);
        }) as Got,
    };
    const readings = await readChecks(quick, partial);
    const late = readings.filter((reading) => 'reason' in reading && reading.reason === 'timeout').map(({ check }) => check);
    const needing = quick.filter((check) => check.read.win32?.needs.some(({ door }) => door === stuck)).map(({ id }) => id);
    expect(late.filter((check) => !needing.includes(check))).toEqual([]);
  });
});
