/**
 * Where the system agent and session processes meet, and whether the place can be believed: in a folder that only its owner can
 * change, nobody else can put a socket of their own in the way.
 */
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync, type Stats } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { StanceError } from '../../model/index.ts';
import { lockFolder } from '../lock.ts';

const NAME = 'agent.sock';
/** Folders that belong to root and are empty after each start of the system. Windows: no named pipe yet. */
const FOLDERS: Partial<Record<NodeJS.Platform, string>> = { linux: '/run/stance', darwin: '/var/run/stance' };

/** `STANCE_SOCKET`, else the system's place; undefined where this system has none yet. */
export function socketFile(): string | undefined {
  if (process.env.STANCE_SOCKET) return path.resolve(process.env.STANCE_SOCKET);
  const folder = FOLDERS[process.platform];
  return folder === undefined ? undefined : path.join(folder, NAME);
}

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const absent = (file: string, cause: unknown): StanceError =>
  new StanceError('system-agent-absent', `No system agent runs on this machine: there is no ${file}.`, { cause });

/** Owned by root or by this user, and changed by nobody else. In a sticky folder others can add, and touch nothing that is not theirs. */
function problemOfFolder({ uid, mode }: Stats, last: boolean): string | undefined {
  if (uid !== 0 && uid !== process.getuid?.()) return `belongs to user ${uid}`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (last || (mode & STICKY) === 0)) return 'can be written by others';
  return undefined;
}

/**
 * That whoever listens there is root, or this user. Links are followed first: what they lead to is what counts.
 * @throws StanceError `system-agent-absent`, `socket-untrusted`
 */
export function trustSocket(file: string): void {
  const refuse = (what: string, why: string): never => {
    throw new StanceError('socket-untrusted', `${what} ${why}: whoever listens there need not be the system agent, and is not spoken to.`);
  };
  let folder: string;
  try {
    folder = realpathSync(path.dirname(file));
  } catch (cause) {
    throw absent(file, cause);
  }
  for (let above = folder; ; above = path.dirname(above)) {
    const problem = problemOfFolder(lstatSync(above), above === folder);
    if (problem !== undefined) refuse(above, problem);
    if (above === path.dirname(above)) break;
  }
  let socket: Stats;
  try {
    socket = lstatSync(path.join(folder, path.basename(file)));
  } catch (cause) {
    throw absent(file, cause);
  }
  if (!socket.isSocket()) refuse(file, 'is no socket');
  if (socket.uid !== 0 && socket.uid !== process.getuid?.()) refuse(file, `belongs to user ${socket.uid}`);
}

/**
 * Makes the place ready to listen at, for this process alone; the function that is given back lets it go.
 * @throws StanceError `agent-running`, `state-unwritable`, `socket-untrusted`
 */
export function takePlace(file: string): () => void {
  const folder = path.dirname(file);
  try {
    // Whatever the mask is: everybody may enter, and only its owner may change it.
    if (mkdirSync(folder, { recursive: true, mode: 0o755 }) !== undefined) chmodSync(folder, 0o755);
  } catch (cause) {
    throw new StanceError('state-unwritable', `The folder ${folder} of the local socket cannot be made: ${(cause as NodeJS.ErrnoException).code}.`, { cause });
  }
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid?.() || (mode & WRITABLE_BY_OTHERS) !== 0)
    throw new StanceError(
      'socket-untrusted',
      `${folder} belongs to user ${uid} with mode ${(mode & 0o7777).toString(8)}: others could put a socket of their own there.`,
    );
  let release: () => void;
  try {
    release = lockFolder(folder);
  } catch (cause) {
    if (!(cause instanceof StanceError) || cause.code !== 'agent-running') throw cause;
    throw new StanceError('agent-running', `This machine has a system agent already, at ${file}. End that one first.`, { cause });
  }
  // What is left of one that was killed.
  rmSync(file, { force: true });
  return release;
}
