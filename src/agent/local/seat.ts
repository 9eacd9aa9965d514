/**
 * Who sits at the screen, and who may speak to the system agent. Linux: what systemd-logind keeps in `/run/systemd`, as sd-login(3)
 * reads it. macOS: whose the console is, written and **not yet run**. Elsewhere it is not told.
 */
import { attempt, DoorError, type Host } from '../../model/index.ts';

export interface Seat {
  /** This system says who is logged in. */
  readonly told: boolean;
  /** Whose session is in front of this computer now. */
  readonly active?: number;
  /** All who have a graphical session, in front of it or not. */
  readonly graphical: ReadonlySet<number>;
}

const UNTOLD: Seat = { told: false, graphical: new Set() };
const SESSIONS = '/run/systemd/sessions';
/** More than a terminal server has. */
const MOST_SESSIONS = 1000;
const FIRST_SEAT = 'seat0';

interface LogindSession {
  readonly uid: number;
  readonly active: boolean;
  readonly seat: string | undefined;
  readonly graphical: boolean;
}

/** A session file of logind: `NAME=value` lines. Undefined for what is no person's: the greeter, services. */
export function parseSession(text: string): LogindSession | undefined {
  const rows = new Map(text.split('\n').flatMap((line) => (line.startsWith('#') || !line.includes('=') ? [] : [line.split('=', 2) as [string, string]])));
  const uid = rows.get('UID') ?? '';
  if (!/^\d{1,10}$/.test(uid) || !(rows.get('CLASS') ?? '').startsWith('user') || rows.get('STATE') === 'closing') return undefined;
  return {
    uid: Number(uid),
    active: rows.get('ACTIVE') === '1' && rows.get('REMOTE') !== '1',
    seat: rows.get('SEAT'),
    graphical: /^(x11|wayland|mir)$/.test(rows.get('TYPE') ?? ''),
  };
}

async function readLogind(host: Host): Promise<Seat> {
  // Where systemd did not start the machine, what lies there is a leftover.
  if ((await attempt(host.stat('/run/systemd/system'))) instanceof DoorError) return UNTOLD;
  const names = await attempt(host.list(SESSIONS));
  if (names instanceof DoorError) return UNTOLD;
  const texts = await Promise.all(
    names
      .filter((name) => !name.includes('.'))
      .slice(0, MOST_SESSIONS)
      .map((name) => attempt(host.read(`${SESSIONS}/${name}`))),
  );
  const sessions = texts.flatMap((text) => (text instanceof DoorError ? [] : (parseSession(text) ?? [])));
  const atSeat = sessions.filter(({ active, seat }) => active && seat !== undefined);
  const active = (atSeat.find(({ seat }) => seat === FIRST_SEAT) ?? atSeat[0])?.uid;
  return { told: true, graphical: new Set(sessions.filter(({ graphical }) => graphical).map(({ uid }) => uid)), ...(active === undefined ? {} : { active }) };
}

export async function readSeat(host: Host): Promise<Seat> {
  if (host.os === 'linux') return readLogind(host);
  if (host.os !== 'darwin') return UNTOLD;
  const console = await attempt(host.stat('/dev/console'));
  if (console instanceof DoorError) return UNTOLD;
  // Root has it while nobody is logged in.
  return console.uid === 0 ? { told: true, graphical: new Set() } : { told: true, active: console.uid, graphical: new Set([console.uid]) };
}

/** Users below are the system's own (login.defs(5): UID_MIN; macOS begins at 500). */
const FIRST_PERSON = { linux: 1000, darwin: 500, win32: 0 } as const;
/** systemd's DynamicUser=, then what is nobody's: 65534 is also whoever has no number in this number space (user_namespaces(7)). */
const NOBODYS = [61_184, 65_535] as const;

/**
 * Why this user is not spoken to; undefined where it is: root, and people who are logged in. A service that was broken into
 * learns nothing here; nor do the many numbers that one user may have in containers (subuid(5)), where logind tells who is logged in.
 */
export async function whyRefused(uid: number, host: Host): Promise<string | undefined> {
  if (uid === 0) return undefined;
  if (uid < FIRST_PERSON[host.os] || (uid >= NOBODYS[0] && uid <= NOBODYS[1])) return `User ${uid} is the system's own, and no person.`;
  if (host.os !== 'linux' || (await attempt(host.stat('/run/systemd/system'))) instanceof DoorError) return undefined;
  const users = await attempt(host.list('/run/systemd/users'));
  return users instanceof DoorError || users.includes(String(uid)) ? undefined : `User ${uid} is not logged in.`;
}
