/** A recorded machine that a test can change while the app looks at it. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const LAPTOP = path.resolve(import.meta.dirname, '../hosts/ubuntu-laptop.json');

type Call = Readonly<Record<string, unknown>>;
interface Recording {
  readonly calls: readonly Call[];
}

/** The healthy laptop as it is recorded. */
export const readMachine = async (): Promise<Recording> => JSON.parse(await readFile(LAPTOP, 'utf8')) as Recording;

/** Writes a healthy laptop to `file`, with the answers in `changes` in place of its own: same door, same arguments. */
export async function writeMachine(file: string, changes: readonly Call[] = []): Promise<void> {
  const recording = await readMachine();
  for (const change of changes) {
    if (!recording.calls.some((call) => door(call) === door(change))) throw new Error(`the recording has no ${door(change)}`);
  }
  const calls = recording.calls.map((call) => changes.find((change) => door(change) === door(call)) ?? call);
  await writeFile(file, JSON.stringify({ ...recording, calls }));
}

const DOORS = ['run', 'read', 'list', 'link', 'stat', 'unit', 'gsettings'] as const;
const door = (call: Call): string => JSON.stringify(DOORS.map((name) => call[name]));

export const FIREWALL_OFF: readonly Call[] = [{ read: '/etc/ufw/ufw.conf', text: 'ENABLED=no\nLOGLEVEL=low\n' }];
export const SCREEN_LOCK_OFF: readonly Call[] = [{ gsettings: ['org.gnome.desktop.screensaver', 'lock-enabled'], value: false, source: 'user' }];
