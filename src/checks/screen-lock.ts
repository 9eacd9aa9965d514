/** Whether the screen locks by itself, in the session of the person who sits there. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  file,
  gsettings,
  type Host,
  known,
  notApplicable,
  orAbsent,
  pass,
  UnparsableError,
  unknown,
} from '../model/index.ts';

interface Lock {
  readonly desktop: string;
  readonly enabled: boolean;
  /** Milliseconds without input until the screen goes blank or locks; 0 is never. */
  readonly idleMs: number;
  /** Milliseconds between blank and locked. */
  readonly delayMs: number;
}

/** Desktops whose settings live in GSettings, with the schemas of each. A schema's default counts only in its own session. */
const DESKTOPS: Readonly<Record<string, { screensaver: string; session: string; sessionUnitMs: number }>> = {
  GNOME: { screensaver: 'org.gnome.desktop.screensaver', session: 'org.gnome.desktop.session', sessionUnitMs: 1000 },
  'X-Cinnamon': { screensaver: 'org.cinnamon.desktop.screensaver', session: 'org.cinnamon.desktop.session', sessionUnitMs: 1000 },
  MATE: { screensaver: 'org.mate.screensaver', session: 'org.mate.session', sessionUnitMs: 60_000 },
};
const ALIASES: Readonly<Record<string, string>> = {
  ubuntu: 'GNOME',
  Unity: 'GNOME',
  Budgie: 'GNOME',
  'GNOME-Classic': 'GNOME',
  pop: 'GNOME',
  Cinnamon: 'X-Cinnamon',
  Pantheon: 'GNOME',
};

/** A setting of the type it should have. @throws UnparsableError */
async function flagOf(host: Host, schema: string, key: string): Promise<boolean> {
  const { value } = await host.gsettings(schema, key);
  if (typeof value !== 'boolean') throw new UnparsableError(`${schema} ${key} is not a switch`);
  return value;
}
async function numberOf(host: Host, schema: string, key: string): Promise<number> {
  const { value } = await host.gsettings(schema, key);
  if (typeof value !== 'number' || value < 0) throw new UnparsableError(`${schema} ${key} is not a number`);
  return value;
}

async function readGsettings(host: Host, desktop: string): Promise<Finding<Lock>> {
  const schemas = DESKTOPS[desktop];
  if (schemas === undefined) return unknown('unsupported', `The settings of the desktop ${desktop} are not read.`);
  const [enabled, delay, idle] = await Promise.all([
    flagOf(host, schemas.screensaver, 'lock-enabled'),
    // MATE and old Cinnamon name it in other units; where it is absent the lock is immediate.
    orAbsent(numberOf(host, schemas.screensaver, 'lock-delay')),
    numberOf(host, schemas.session, 'idle-delay'),
  ]);
  // An administrator can take locking away altogether.
  const disabled = desktop === 'GNOME' ? await attempt(flagOf(host, 'org.gnome.desktop.lockdown', 'disable-lock-screen')) : false;
  const delayMs = (delay ?? 0) * (desktop === 'MATE' ? 60_000 : 1000);
  return known({ desktop, enabled: enabled && disabled !== true, idleMs: idle * schemas.sessionUnitMs, delayMs }, 'GSettings');
}

/** A KDE configuration file: `[Group]` and `Key=Value`; `[$i]` behind a key makes it immutable. */
export function parseKdeGroup(text: string, group: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let inside = false;
  for (const line of text.split('\n')) {
    const head = /^\[(.*)\]\s*$/.exec(line)?.[1];
    if (head !== undefined) inside = head === group;
    else if (inside) {
      const [, key, value] = /^([^=[#]+?)(?:\[\$[a-z]+\])?\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) values.set(key.trim(), value);
    }
  }
  return values;
}

async function readKde(host: Host): Promise<Finding<Lock>> {
  const configuration = host.env.XDG_CONFIG_HOME ?? (host.env.HOME === undefined ? undefined : `${host.env.HOME}/.config`);
  if (configuration === undefined) return unknown('no-data', 'The home folder of the session is not known.');
  const files = await Promise.all(['/etc/xdg', configuration].map((folder) => orAbsent(host.read(`${folder}/kscreenlockerrc`))));
  // The person's file goes over the system's; a key that stands nowhere has KDE's default.
  const values = new Map(files.flatMap((text) => [...parseKdeGroup(text ?? '', 'Daemon')]));
  const flag = (name: string, otherwise: boolean): boolean => {
    const text = values.get(name)?.toLowerCase();
    if (text !== undefined && !['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'].includes(text))
      throw new UnparsableError(`kscreenlockerrc: ${name} is neither true nor false`);
    return text === undefined ? otherwise : ['true', '1', 'yes', 'on'].includes(text);
  };
  const number = (name: string, otherwise: number): number => {
    const text = values.get(name);
    if (text !== undefined && !/^\d{1,6}$/.test(text)) throw new UnparsableError(`kscreenlockerrc: ${name} is not a number`);
    return text === undefined ? otherwise : Number(text);
  };
  return known(
    { desktop: 'KDE', enabled: flag('Autolock', true), idleMs: number('Timeout', 5) * 60_000, delayMs: number('LockGrace', 5) * 1000 },
    'kscreenlockerrc',
  );
}

/** Nobody to lock out: no variable of a graphical session, and systemd-logind knows of none. */
async function isHeadless(host: Host): Promise<boolean> {
  const sessions = await host.list('/run/systemd/sessions');
  const texts = await Promise.all(sessions.filter((name) => !name.endsWith('.ref')).map((name) => orAbsent(host.read(`/run/systemd/sessions/${name}`))));
  return !texts.some((text) => /^TYPE=(x11|wayland|mir)$/m.test(text ?? ''));
}

async function readLinux(host: Host): Promise<Finding<Lock>> {
  const { XDG_CURRENT_DESKTOP, XDG_SESSION_TYPE, DISPLAY, WAYLAND_DISPLAY } = host.env;
  const graphical = XDG_SESSION_TYPE === 'x11' || XDG_SESSION_TYPE === 'wayland' || (DISPLAY ?? '') !== '' || (WAYLAND_DISPLAY ?? '') !== '';
  const names = (XDG_CURRENT_DESKTOP ?? '').split(':').filter((name) => name !== '');
  if (names.length === 0 && !graphical) {
    const headless = await attempt(isHeadless(host));
    if (headless === true) return notApplicable('headless', 'There is no graphical session.');
    if (headless instanceof DoorError && headless.code !== 'ENOENT') throw headless;
    // A session of somebody else, or a system that does not tell: not this process's to know.
    return unknown(headless instanceof DoorError ? 'no-data' : 'permission', 'This process does not run in a graphical session.');
  }
  if (names.includes('KDE')) return readKde(host);
  const desktop = names.map((name) => ALIASES[name] ?? name).find((name) => DESKTOPS[name] !== undefined);
  return desktop === undefined
    ? unknown('unsupported', `The desktop ${names.join(', ') || 'of this session'} has no settings that can be asked.`)
    : readGsettings(host, desktop);
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)} minutes`;

export default defineCheck({
  id: 'screen.lock',
  title: 'Screen locks by itself',
  why: 'Whoever passes an open screen is otherwise logged in as you.',
  group: 'session',
  owner: 'user',
  cost: 'process',
  scope: 'session',
  value: Type.Object({
    desktop: Type.String({ maxLength: 64 }),
    enabled: Type.Boolean(),
    idleMs: Type.Number({ minimum: 0 }),
    delayMs: Type.Number({ minimum: 0 }),
  }),
  params: Type.Object({
    maxIdleMs: Type.Number({ default: 900_000, minimum: 0, description: 'Milliseconds without input after which the screen must lock.' }),
    maxDelayMs: Type.Number({ default: 60_000, minimum: 0, description: 'Milliseconds that may pass between blank and locked.' }),
  }),
  read: { linux: readLinux },
  excuses: { linux: ['headless'] },
  watch: { linux: [gsettings('org.gnome.desktop.screensaver'), gsettings('org.gnome.desktop.session'), file('~/.config/kscreenlockerrc')] },
  judge: ({ enabled, idleMs, delayMs }, { maxIdleMs, maxDelayMs }) => {
    if (!enabled) return fail('Automatic locking is off.');
    if (idleMs === 0) return fail('The screen never goes blank, so it never locks by itself.');
    if (idleMs > maxIdleMs) return fail(`The screen locks after ${minutes(idleMs)} only; ${minutes(maxIdleMs)} are allowed.`);
    if (delayMs > maxDelayMs)
      return fail(`The screen locks ${Math.round(delayMs / 1000)} seconds after it goes blank; ${Math.round(maxDelayMs / 1000)} are allowed.`);
    return pass(`Locks after ${minutes(idleMs)}.`);
  },
  remedy: (value, platform) => {
    if (platform === 'darwin')
      return {
        steps: ['Open System Settings > Lock Screen.', 'Set "Require password" to Immediately.'],
        open: 'x-apple.systempreferences:com.apple.Lock-Screen-Settings.extension',
      };
    if (platform === 'win32')
      return {
        steps: ['Open Settings > Accounts > Sign-in options.', 'Under "If you\'ve been away", choose "When PC wakes up from sleep".'],
        open: 'ms-settings:signinoptions',
      };
    if (value?.desktop === 'KDE')
      return { steps: ['Open System Settings > Screen Locking.', 'Tick "Lock screen automatically" and choose 15 minutes or less.'] };
    return {
      steps: [
        'Open Settings > Privacy & Security > Screen Lock.',
        'Switch Automatic Screen Lock on.',
        'Set Blank Screen Delay to 15 minutes or less and Automatic Screen Lock Delay to "Screen Turns Off".',
      ],
    };
  },
  controls: ['NIST 800-53 AC-11'],
});
