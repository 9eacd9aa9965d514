/** One agent for a state folder: two would sign two evidences for one place in the chain. */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { processStart } from '../host/index.ts';
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

/** Whether the process that wrote this still runs. Its id alone does not say so: after a restart of the system another has it. */
function isHeld(text: string): boolean {
  const [id = '', start] = text.split(' ');
  const owner = Number(id);
  if (!Number.isInteger(owner) || owner <= 0 || owner === process.pid || !isAlive(owner)) return false;
  const runs = processStart(owner);
  return start === undefined || runs === undefined || start === runs;
}

/** Takes the lock; the function that is given back lets it go. @throws StanceError `state-unwritable`, `agent-running` */
export function lockFolder(folder: string): () => void {
  const file = path.join(folder, 'agent.lock');
  for (let tries = 0; tries < 2; tries++) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      writeSync(descriptor, `${process.pid} ${processStart(process.pid) ?? ''}`.trim());
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
      const text = readFileSync(file, 'utf8');
      // A process that was killed leaves its lock behind.
      if (isHeld(text))
        throw new StanceError(
          'agent-running',
          `Another agent (process ${text.split(' ')[0]}) uses ${folder}. End it first, or name another folder with --state.`,
        );
      try {
        unlinkSync(file);
      } catch {
        // Gone already: the next try takes it.
      }
    }
  }
  throw new StanceError('agent-running', `Another agent is starting in ${folder}. Try again.`);
}
