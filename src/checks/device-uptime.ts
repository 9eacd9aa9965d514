/** How long the device has run: security updates of kernel and libraries count only after a restart. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, type Host, known, pass, UnparsableError } from '../model/index.ts';

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
      // The clock and the uptime are read a moment apart; rounding keeps an unchanged machine's value the same.
      return known({ bootedAt: new Date(Math.round(bootedMs / 60_000) * 60_000).toISOString() }, method);
    },
  },
  judge: ({ bootedAt }, { maxDays }, at) => {
    const days = Math.floor((at - Date.parse(bootedAt)) / DAY_MS);
    if (Number.isNaN(days)) throw new UnparsableError('bootedAt is not a time');
    return days > maxDays
      ? fail(`Has run for ${days} days without a restart; ${maxDays} are allowed.`)
      : pass(`Restarted ${days === 0 ? 'today' : `${days} day${days === 1 ? '' : 's'} ago`}.`);
  },
  remedy: (_value, platform) => ({
    steps: [
      'Save your work.',
      platform === 'win32'
        ? 'Start > Power > Restart (not Shut down: that keeps the old system running).'
        : platform === 'darwin'
          ? 'Apple menu > Restart.'
          : 'System menu > Power Off > Restart.',
    ],
  }),
  controls: ['NIST 800-53 SI-2'],
});
