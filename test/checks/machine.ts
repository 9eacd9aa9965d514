/** A recorded machine made from a few calls, for tests of one reader. */
import { checkById } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import type { Platform, Reading, Verdict } from '../../src/model/index.ts';

type Call = Readonly<Record<string, unknown>>;

interface More {
  readonly uid?: number;
  readonly admin?: boolean;
  readonly env?: Record<string, string>;
  readonly history?: Record<string, Record<string, string>>;
  /** Parameters of the judge, beside the defaults. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What each system says of itself on a physical machine, unless the test says otherwise. */
const METAL: Readonly<Record<Platform, readonly Call[]>> = {
  linux: [
    { read: '/proc/version', text: 'Linux version 6.8.0-88-generic\n' },
    { read: '/proc/1/cgroup', text: '0::/init.scope\n' },
    { read: '/proc/1/environ', error: 'EACCES' },
    { read: '/run/systemd/container', error: 'ENOENT' },
    { read: '/sys/class/dmi/id/sys_vendor', text: 'Example Computers\n' },
    { read: '/sys/class/dmi/id/product_name', text: 'Laptop 14\n' },
    { read: '/sys/hypervisor/type', error: 'ENOENT' },
    { read: '/proc/cpuinfo', text: 'flags\t\t: fpu vme\n' },
    { stat: '/.dockerenv', error: 'ENOENT' },
    { stat: '/run/.containerenv', error: 'ENOENT' },
  ],
  darwin: [],
  win32: [{ languageMode: 'FullLanguage' }],
};

/** Reads one check on a physical machine that answers as `calls` say; the first of two equal calls counts. */
async function read(os: Platform, check: string, calls: readonly Call[], more: More) {
  const definition = checkById(check);
  if (definition === undefined) throw new Error(`no check ${check}`);
  const recording = {
    os,
    release: 'test',
    user: { uid: more.uid ?? 1000, admin: more.admin ?? false },
    env: more.env ?? {},
    now: '2026-11-24T08:00:00Z',
    ...(more.history ? { history: more.history } : {}),
    calls: [...calls, ...METAL[os]],
  };
  const host = createRecordedHost(parseRecording(JSON.stringify(recording)));
  const [reading] = (await readChecks([definition], host)) as [Reading];
  const params = { ...(defaultParams(definition) as object), ...more.params };
  const { verdict, because } = judgeReading(definition, reading, params, host.now());
  return { reading, verdict: verdict as Verdict, because, reason: 'reason' in reading ? reading.reason : undefined };
}

export const readOn = (check: string, calls: readonly Call[], more: More = {}) => read('linux', check, calls, more);
export const readOnMac = (check: string, calls: readonly Call[], more: More = {}) => read('darwin', check, calls, { uid: 501, ...more });
export const readOnWindows = (check: string, calls: readonly Call[], more: More = {}) => read('win32', check, calls, { uid: -1, ...more });
