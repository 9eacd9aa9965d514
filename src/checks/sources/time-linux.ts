/** Whether the clock of a Linux system follows a time server: what the kernel holds of it, which whatever client tells it. */
import { attempt, DoorError, type Host, UnparsableError } from '../../model/index.ts';

const DAY_MS = 86_400_000;

export interface ClockState {
  readonly synced?: boolean;
  /** Whether something is set to keep it so. */
  readonly automatic?: boolean;
  readonly method: string;
}

/** `timedatectl show -p NTP -p NTPSynchronized`: `NTP=yes` and `NTPSynchronized=yes`, in any order. @throws UnparsableError */
export function parseTimedatectl(stdout: string): { readonly synced: boolean; readonly automatic?: boolean } {
  const field = (name: string): boolean | undefined => {
    const value = new RegExp(`^${name}=(yes|no)$`, 'm').exec(stdout)?.[1];
    return value === undefined ? undefined : value === 'yes';
  };
  const [synced, automatic] = [field('NTPSynchronized'), field('NTP')];
  if (synced === undefined) throw new UnparsableError('timedatectl does not say whether the clock is in sync');
  return { synced, ...(automatic === undefined ? {} : { automatic }) };
}

/** `chronyc -c tracking`: 14 fields, the last one the leap status; `Not synchronised` where it follows nobody. @throws UnparsableError */
export function parseChronyTracking(stdout: string): boolean {
  const fields = stdout.trim().split(',');
  const leap = fields[13] ?? '';
  if (fields.length !== 14 || !/^(Normal|Insert second|Delete second|Not synchronised)$/.test(leap)) {
    throw new UnparsableError('chronyc does not say whether it follows a server');
  }
  return leap !== 'Not synchronised';
}

/** systemd-timesyncd touches this file whenever it has set the clock, about every half hour. */
async function fromTimesyncd(host: Host): Promise<ClockState | undefined> {
  const stamp = await attempt(host.stat('/run/systemd/timesync/synchronized'));
  if (stamp instanceof DoorError) return undefined;
  const age = host.now() - Date.parse(stamp.mtime);
  return age >= 0 && age < DAY_MS ? { synced: true, automatic: true, method: 'systemd-timesyncd' } : undefined;
}

/** @throws DoorError, UnparsableError of timedatectl when nothing tells. */
export async function readLinuxClock(host: Host): Promise<ClockState> {
  const stamped = await fromTimesyncd(host);
  if (stamped !== undefined) return stamped;
  try {
    const { stdout } = await host.run('timedatectl', ['show', '-p', 'NTP', '-p', 'NTPSynchronized']);
    return { ...parseTimedatectl(stdout), method: 'timedatectl' };
  } catch (error) {
    const chrony = await attempt(host.run('chronyc', ['-c', 'tracking']).then(({ stdout }) => parseChronyTracking(stdout))).catch(() => undefined);
    if (typeof chrony === 'boolean') return { synced: chrony, method: 'chronyc tracking' };
    throw error;
  }
}
