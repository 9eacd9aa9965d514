/** Whether systemd units run: systemd(1), ActiveState. */
import { DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { answerOf, mostTelling } from './failures.ts';

const RUNNING = ['active', 'reloading', 'refreshing', 'activating'];
const IDLE = ['inactive', 'failed', 'deactivating', 'maintenance'];

/** @throws DoorError; UnparsableError for a state that systemd does not have: a word that is not "active" is not yet a no. */
export async function isRunning(host: Host, name: string, scope: 'system' | 'user' = 'system'): Promise<boolean> {
  const { active } = await host.unit(name, scope);
  if (!RUNNING.includes(active) && !IDLE.includes(active)) throw new UnparsableError(`${name} is in a state that systemd does not have`);
  return RUNNING.includes(active);
}

export interface RunningUnits {
  readonly running: readonly string[];
  /** Why not all of them are known. */
  readonly failure?: DoorError;
}

/** Those of these units that run. One that cannot be asked does not hide another that runs. */
export async function findRunning(host: Host, names: readonly string[], scope: 'system' | 'user' = 'system'): Promise<RunningUnits> {
  const answers = await Promise.all(names.map((name) => answerOf(isRunning(host, name, scope))));
  const failures = answers.filter((answer) => answer instanceof DoorError);
  return { running: names.filter((_, index) => answers[index] === true), ...(failures.length === 0 ? {} : { failure: mostTelling(failures) }) };
}
