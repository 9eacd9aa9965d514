/** One agent for a state folder: two would sign two evidences for one place in the chain. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { StanceError } from '../model/index.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal is alive.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the lock; the function that is given back lets it go. @throws StanceError `state-unwritable`, `agent-running` */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'agent.lock');
  for (let tries = 0; tries < 2; tries++) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return () => {
        try {
          unlinkSync(file);
        } catch {
          // Somebody removed the folder: nothing is locked any more.
        }
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StanceError(
          'state-unwritable',
          `${file} cannot be written: ${(cause as NodeJS.ErrnoException).code}. Make the folder writable for this user, or name another with --state or STANCE_STATE.`,
          { cause },
        );
      }
      const owner = Number(readFileSync(file, 'utf8'));
      // A process that was killed leaves its lock behind.
      if (Number.isInteger(owner) && owner > 0 && owner !== process.pid && isAlive(owner))
        throw new StanceError('agent-running', `Another agent (process ${owner}) uses ${folder}. End it first, or name another folder with --state.`);
      try {
        unlinkSync(file);
      } catch {
        // Gone already: the next try takes it.
      }
    }
  }
  throw new StanceError('agent-running', `Another agent is starting in ${folder}. Try again.`);
}
