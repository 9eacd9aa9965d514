/** Whether a systemd unit runs: systemd(1), ActiveState. */
import { type Host, UnparsableError } from '../../model/index.ts';

const RUNNING = ['active', 'reloading', 'refreshing', 'activating'];
const IDLE = ['inactive', 'failed', 'deactivating', 'maintenance'];

/** @throws DoorError; UnparsableError for a state that systemd does not have: a word that is not "active" is not yet a no. */
export async function isRunning(host: Host, name: string): Promise<boolean> {
  const { active } = await host.unit(name);
  if (!RUNNING.includes(active) && !IDLE.includes(active)) throw new UnparsableError(`${name} is in a state that systemd does not have`);
  return RUNNING.includes(active);
}
