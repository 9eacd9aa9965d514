/** Where an agent keeps its state when nothing else is said: by the habits of each system, and never in a folder that roams. */
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Where the agent of a whole Linux system keeps its state: the unit of the Debian package says the same. */
export const SYSTEM_STATE = '/var/lib/stance-agent';

/** XDG Base Directory on Linux, Application Support on macOS, local (not roaming) application data on Windows. */
export function stateRoot(): string {
  const { env } = process;
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Application Support/Stance');
  if (process.platform === 'win32') return path.join(env.LOCALAPPDATA ?? path.join(homedir(), 'AppData/Local'), 'Stance');
  return path.join(env.XDG_STATE_HOME || path.join(homedir(), '.local/state'), 'stance');
}
