/** Whether the screen locks by itself on macOS: `sysadminctl` for the password, screen saver and display sleep for the time. */
import { attempt, DoorError, type Finding, type Host, known, UnparsableError } from '../../model/index.ts';
import { numberOf, type Preferences, readManaged, readPreferences, switchOf } from './mac-preferences.ts';
import type { Lock, LockWay } from './screen-lock.ts';

const DOMAIN = 'com.apple.screensaver';
/** What macOS takes where nobody chose a time for the screen saver. */
const DEFAULT_SAVER_S = 1200;

/**
 * `sysadminctl -screenLock status`, which answers on stderr: milliseconds from screen saver or dark display until the password is asked for;
 * undefined where it never is ("is off", or minus one second). @throws UnparsableError
 */
export function parseScreenLock(text: string): number | undefined {
  const answers = [...text.matchAll(/\bscreenLock (?:is (off)|delay is (immediate|(-?\d{1,9})(?:[.,]\d{1,9})? seconds?))\s*$/gim)];
  const [answer] = answers;
  if (answer === undefined || answers.length > 1) throw new UnparsableError('sysadminctl does not say how the screen locks');
  const [, off, delay = '', seconds] = answer;
  if (off !== undefined || seconds?.startsWith('-')) return undefined;
  return delay.toLowerCase() === 'immediate' ? 0 : Number(seconds) * 1000;
}

/** `pmset -g custom`: milliseconds until the display sleeps, on the source of power where that takes longest; 0 is never. @throws UnparsableError */
export function parseDisplaySleep(text: string): number {
  const minutes = [...text.matchAll(/^[ \t]*displaysleep[ \t]+(\d{1,6})(?:[ \t]+\(.*\))?[ \t]*$/gm)].map(([, number]) => Number(number));
  if (minutes.length === 0) throw new UnparsableError('pmset does not say when the display sleeps');
  return minutes.includes(0) ? 0 : Math.max(...minutes) * 60_000;
}

/** Asked of the person's session; a profile that demands the password is second. Undefined: never asked for. */
async function readDelay(host: Host, managed: Preferences): Promise<number | undefined> {
  try {
    // Root is answered too, with what is root's.
    if (host.user.uid === 0) throw new DoorError('EACCES', 'the screen lock belongs to the session, and root has none');
    const { stdout, stderr, exit } = await host.run('sysadminctl', ['-screenLock', 'status']);
    if (exit !== 0) throw new UnparsableError(`sysadminctl ended with ${exit}`);
    return parseScreenLock(`${stdout}\n${stderr}`);
  } catch (error) {
    const delay = numberOf(managed, 'askForPasswordDelay');
    if (switchOf(managed, 'askForPassword') === true && delay !== undefined) return delay * 1000;
    throw error;
  }
}

async function readSaverIdle(host: Host, managed: Preferences): Promise<number> {
  const seconds = numberOf(managed, 'idleTime');
  if (seconds !== undefined) return seconds * 1000;
  if (host.user.uid === 0) throw new DoorError('EACCES', 'the screen saver belongs to the session, and root has none');
  const [own, everybody] = await Promise.all([
    readPreferences(host, DOMAIN, { host: 'current' }),
    readPreferences(host, `/Library/Preferences/${DOMAIN}.plist`),
  ]);
  return (numberOf(own, 'idleTime') ?? numberOf(everybody, 'idleTime') ?? DEFAULT_SAVER_S) * 1000;
}

async function readDisplayIdle(host: Host): Promise<number> {
  const { stdout, exit } = await host.run('pmset', ['-g', 'custom']);
  if (exit !== 0) throw new UnparsableError(`pmset ended with ${exit}`);
  return parseDisplaySleep(stdout);
}

export async function readMacLock(host: Host): Promise<Finding<Lock>> {
  const managed = await readManaged(host, DOMAIN);
  const delayMs = await readDelay(host, managed);
  if (delayMs === undefined) return known({ desktop: 'macOS', ways: [], unread: [] }, 'sysadminctl');
  const failed = (error: unknown): Error => {
    if (error instanceof DoorError || error instanceof UnparsableError) return error;
    throw error;
  };
  const idle = await Promise.all([attempt(readSaverIdle(host, managed)).catch(failed), attempt(readDisplayIdle(host)).catch(failed)]);
  const names: LockWay['by'][] = ['screen-saver', 'display'];
  const ways = names.flatMap((by, index) => {
    const idleMs = idle[index];
    return typeof idleMs === 'number' ? [{ by, idleMs, delayMs }] : [];
  });
  // What could not be read may be what locks the screen, unless the other does.
  const failure = idle.find((answer) => answer instanceof Error);
  if (failure !== undefined && !ways.some(({ idleMs }) => idleMs > 0)) throw failure;
  return known({ desktop: 'macOS', ways, unread: names.filter((_, index) => idle[index] instanceof Error) }, 'sysadminctl, screen saver, pmset');
}
