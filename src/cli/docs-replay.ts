/** What every check asks of a machine, found by reading recorded machines and bare ones: the source of `docs/checks.md` and `docs/calls.md`. */
import { defaultParams, judgeReading, readChecks } from '../checks/run.ts';
import { type Check, DoorError, type Got, type Host, type Need, PLATFORMS, type Platform } from '../model/index.ts';

/** One check on one system. All lists are sorted. */
export interface Seen {
  /** Every call of a door: `run`, what of. */
  readonly calls: readonly string[];
  /** Where values came from, as the readings say. */
  readonly methods: readonly string[];
  /** Values that fail, by the sentence that says why. */
  readonly failures: ReadonlyMap<string, unknown>;
}

/** What names a thing of one machine is said by its kind. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/(\/sys\/dev\/block\/)\d+:\d+/, '$1MAJOR:MINOR'],
  [/(\/sys\/(?:class\/)?block\/)[^/]+/, '$1DEVICE'],
  [/(\/sys\/devices\/)[^ ]+/, '$1…'],
  [/(\/sys\/fs\/btrfs\/)[0-9a-f-]{36}/, '$1UUID'],
  [/(\/sys\/class\/tpm\/)tpm\d+/, '$1tpmN'],
  [/(\/lib\/modules\/)[^/ ]+/, '$1RELEASE'],
  [/S-1-5-21-[\d-]+/, 'S-1-5-21-…'],
];

function general(text: string, host: Host): string {
  const { HOME, USER, USERNAME } = host.env;
  let said = HOME === undefined || HOME === '/' ? text : text.replaceAll(HOME, '$HOME');
  for (const name of [USER, USERNAME]) if (name !== undefined && name.length > 2) said = said.replaceAll(name, '$USER');
  return KINDS.reduce((made, [pattern, kind]) => made.replace(pattern, kind), said);
}

/** A need as it stands in the documentation. */
export function describeNeed(need: Need): string {
  switch (need.door) {
    case 'registry':
      return `registry ${need.key}`;
    case 'registryChildren':
      return `registry ${need.key}\\*`;
    case 'cim':
      return [
        'cim',
        `${need.namespace}:${need.className}`,
        need.method && `.${need.method}()`,
        need.where && `where ${need.where}`,
        need.store && `in ${need.store}`,
      ]
        .filter(Boolean)
        .join(' ');
    case 'shellProperty':
      return `shellProperty ${need.path} ${need.property}`;
    case 'languageMode':
      return 'languageMode';
    case 'service':
    case 'com':
      return `${need.door} ${need.name}`;
    case 'stat':
      return `stat ${need.path}`;
  }
}

/** The host, with every call written down in `calls`. */
function noting(host: Host, calls: Set<string>): Host {
  const note = <T>(answer: T, ...call: readonly string[]): T => {
    calls.add(general(call.join(' '), host).trim());
    return answer;
  };
  return {
    ...host,
    run: (program, args, options) => note(host.run(program, args, options), 'run', program, ...args),
    read: (path) => note(host.read(path), 'read', path),
    readBytes: (path) => note(host.readBytes(path), 'read', path),
    list: (path) => note(host.list(path), 'list', path),
    link: (path) => note(host.link(path), 'link', path),
    stat: (path) => note(host.stat(path), 'stat', path),
    unit: (name, scope) => note(host.unit(name, scope), 'unit', name, scope === 'user' ? '(of the person)' : ''),
    gsettings: (schema, key) => note(host.gsettings(schema, key), 'gsettings', schema, key),
    plist: (path, options) => note(host.plist(path, options), 'plist', path, options?.host === undefined ? '' : '(of this person, on this machine)'),
  };
}

/** A machine whose every door fails in the same way: what a check asks in vain shows what it falls back to. */
function bare(os: Platform, code: string, uid: number, desktop: string | undefined): Host {
  const fail = async (): Promise<never> => Promise.reject(new DoorError(code, 'bare'));
  return {
    ...{ os, release: 'bare', user: { uid, admin: uid === 0, groups: [] }, now: () => Date.UTC(2026, 10, 24), history: () => ({}) },
    env: { HOME: '/home/example', USER: 'example', ...(desktop === undefined ? {} : { XDG_CURRENT_DESKTOP: desktop, XDG_SESSION_TYPE: 'wayland' }) },
    ...{ run: fail, read: fail, readBytes: fail, list: fail, link: fail, stat: fail, unit: fail, gsettings: fail, plist: fail },
    gather: async () =>
      (() => {
        throw new DoorError(code, 'bare');
      }) as Got,
  };
}

const BARE: readonly Host[] = PLATFORMS.flatMap((os) =>
  ['ENOENT', 'EACCES'].flatMap((code) => [0, 1000].flatMap((uid) => [undefined, 'GNOME', 'KDE'].map((desktop) => bare(os, code, uid, desktop)))),
);

const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort((a, b) => (a < b ? -1 : 1));

/** One check on one system, over all machines that are of it. */
async function see(check: Check, os: Platform, machines: readonly Host[]): Promise<Seen> {
  const calls = new Set((os === 'win32' ? (check.read.win32?.needs ?? []) : []).map(describeNeed));
  const methods: string[] = [];
  const failures: [string, unknown][] = [];
  for (const machine of [...machines, ...BARE].filter((each) => each.os === os)) {
    const [reading] = await readChecks([check], noting(machine, calls));
    if (reading?.status !== 'known') continue;
    if (reading.method !== undefined) methods.push(reading.method);
    const { verdict, because } = judgeReading(check, reading, defaultParams(check), machine.now());
    if (verdict === 'fail' && because !== undefined) failures.push([because, reading.value]);
  }
  return { calls: sorted(calls), methods: sorted(methods), failures: new Map(failures.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

export type SeenChecks = ReadonlyMap<string, Partial<Record<Platform, Seen>>>;

/** Every check of the catalogue on every system that it has a reader for. */
export async function replay(checks: readonly Check[], machines: readonly Host[]): Promise<SeenChecks> {
  const seen = new Map<string, Partial<Record<Platform, Seen>>>();
  for (const check of checks) {
    const systems = PLATFORMS.filter((os) => check.read[os] !== undefined);
    seen.set(check.id, Object.fromEntries(await Promise.all(systems.map(async (os) => [os, await see(check, os, machines)] as const))));
  }
  return seen;
}
