/** A recorded machine made from a few calls, for tests of one reader. */
import { checkById } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import type { Reading, Verdict } from '../../src/model/index.ts';

type Call = Readonly<Record<string, unknown>>;

const METAL: readonly Call[] = [
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
];

/** Reads one check on a physical machine that answers as `calls` say. */
export async function readOn(
  check: string,
  calls: readonly Call[],
  more: { uid?: number; env?: Record<string, string>; history?: Record<string, Record<string, string>> } = {},
) {
  const definition = checkById(check);
  if (definition === undefined) throw new Error(`no check ${check}`);
  const recording = {
    os: 'linux',
    release: 'test',
    user: { uid: more.uid ?? 1000, admin: false },
    env: more.env ?? {},
    now: '2026-11-24T08:00:00Z',
    ...(more.history ? { history: more.history } : {}),
    calls: [...calls, ...METAL],
  };
  const host = createRecordedHost(parseRecording(JSON.stringify(recording)));
  const [reading] = (await readChecks([definition], host)) as [Reading];
  const { verdict, because } = judgeReading(definition, reading, defaultParams(definition), host.now());
  return { reading, verdict: verdict as Verdict, because, reason: 'reason' in reading ? reading.reason : undefined };
}
