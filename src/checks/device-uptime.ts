/** How long the device has run: security updates of kernel and libraries count only after a restart. */
import { Type } from 'typebox';
import { attempt, cim, DoorError, defineCheck, fail, type Host, known, pass, UnparsableError } from '../model/index.ts';
import { restart } from './remedies/device-uptime.ts';

const DAY_MS = 86_400_000;

/** Milliseconds since boot from `/proc/uptime`: "seconds-up seconds-idle". @throws UnparsableError */
export function parseUptime(text: string): number {
  const seconds = /^(\d{1,10}(?:\.\d{1,6})?) \d/.exec(text)?.[1];
  if (seconds === undefined) throw new UnparsableError('/proc/uptime does not begin with two numbers');
  return Number(seconds) * 1000;
}

/** Boot time in ms from the `btime` line of `/proc/stat`. @throws UnparsableError */
export function parseBootTime(text: string): number {
  const seconds = /^btime (\d{1,11})$/m.exec(text)?.[1];
  if (seconds === undefined) throw new UnparsableError('/proc/stat has no btime');
  return Number(seconds) * 1000;
}

/** Boot time in ms from `sysctl -n kern.boottime`: "{ sec = 1732435200, usec = 12 } Mon …". @throws UnparsableError */
export function parseKernBoottime(text: string): number {
  const seconds = /^\{ sec = (\d{1,11}), usec = \d+ \}/.exec(text.trim())?.[1];
  if (seconds === undefined) throw new UnparsableError('kern.boottime does not say "{ sec = …"');
  return Number(seconds) * 1000;
}

const OPERATING_SYSTEM = cim('root/cimv2', 'Win32_OperatingSystem');

async function readBootTime(host: Host): Promise<{ bootedMs: number; method: string }> {
  const uptime = await attempt(host.read('/proc/uptime').then(parseUptime)).catch((error: unknown) => error);
  if (typeof uptime === 'number') return { bootedMs: host.now() - uptime, method: '/proc/uptime' };
  try {
    return { bootedMs: parseBootTime(await host.read('/proc/stat')), method: '/proc/stat' };
  } catch (error) {
    // The first source's failure says more than "not recorded" of the second.
    throw error instanceof DoorError && error.code === 'ENOTRECORDED' ? uptime : error;
  }
}

/** The clock and the uptime are read a moment apart; rounding keeps an unchanged machine's value the same. */
const booted = (ms: number, method: string) => known({ bootedAt: new Date(Math.round(ms / 60_000) * 60_000).toISOString() }, method);

export default defineCheck({
  id: 'device.uptime',
  title: 'Restarted recently',
  why: 'Updates of the system kernel and of libraries in use take effect at a restart.',
  group: 'device',
  owner: 'user',
  cost: 'cheap',
  value: Type.Object({ bootedAt: Type.String({ maxLength: 30, description: 'When the system started, rounded to the minute: ISO 8601.' }) }),
  params: Type.Object({ maxDays: Type.Number({ default: 30, minimum: 1, description: 'Days that a device may run without a restart.' }) }),
  read: {
    linux: async (host) => {
      const { bootedMs, method } = await readBootTime(host);
      return booted(bootedMs, method);
    },
    darwin: async (host) => {
      const { stdout } = await host.run('sysctl', ['-n', 'kern.boottime']);
      return booted(parseKernBoottime(stdout), 'sysctl kern.boottime');
    },
    win32: {
      needs: [OPERATING_SYSTEM],
      from: (got) => {
        const at = Date.parse(String(got(OPERATING_SYSTEM)[0]?.LastBootUpTime));
        if (Number.isNaN(at)) throw new UnparsableError('LastBootUpTime is not a time');
        return booted(at, 'Win32_OperatingSystem');
      },
    },
  },
  judge: ({ bootedAt }, { maxDays }, at) => {
    const days = Math.floor((at - Date.parse(bootedAt)) / DAY_MS);
    if (Number.isNaN(days)) throw new UnparsableError('bootedAt is not a time');
    return days > maxDays
      ? fail(`Has run for ${days} days without a restart; ${maxDays} are allowed.`)
      : pass(`Restarted ${days === 0 ? 'today' : `${days} day${days === 1 ? '' : 's'} ago`}.`);
  },
  remedy: restart,
  controls: ['NIST 800-53 SI-2'],
});
