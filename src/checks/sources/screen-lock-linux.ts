/** Whether the screen locks by itself on Linux: GSettings and KDE's file, in the session of the person who sits there. */
import { attempt, DoorError, type Finding, type Host, known, notApplicable, orAbsent, UnparsableError, unknown } from '../../model/index.ts';
import { readEnvironment } from './environment.ts';
import type { Lock } from './screen-lock.ts';

interface Schemas {
  readonly screensaver: string;
  readonly session: string;
  /** Milliseconds that a unit of `lock-delay` and of `idle-delay` stands for. */
  readonly unitMs: number;
  /** GNOME keeps this key and does nothing by it. */
  readonly activation: boolean;
}

/** Desktops whose settings live in GSettings. A schema's default counts only in its own session. */
const DESKTOPS: ReadonlyMap<string, Schemas> = new Map([
  ['GNOME', { screensaver: 'org.gnome.desktop.screensaver', session: 'org.gnome.desktop.session', unitMs: 1000, activation: false }],
  ['X-Cinnamon', { screensaver: 'org.cinnamon.desktop.screensaver', session: 'org.cinnamon.desktop.session', unitMs: 1000, activation: false }],
  ['MATE', { screensaver: 'org.mate.screensaver', session: 'org.mate.session', unitMs: 60_000, activation: true }],
]);
const ALIASES: ReadonlyMap<string, string> = new Map([
  ...['ubuntu', 'Unity', 'Budgie', 'GNOME-Classic', 'GNOME-Flashback', 'pop'].map((name) => [name, 'GNOME'] as const),
  ['Cinnamon', 'X-Cinnamon'],
]);

/** @throws UnparsableError for a setting of another type */
async function flagOf(host: Host, schema: string, key: string): Promise<boolean> {
  const { value } = await host.gsettings(schema, key);
  if (typeof value !== 'boolean') throw new UnparsableError(`${schema} ${key} is not a switch`);
  return value;
}
async function numberOf(host: Host, schema: string, key: string): Promise<number> {
  const { value } = await host.gsettings(schema, key);
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new UnparsableError(`${schema} ${key} is not a number`);
  return value;
}

/** A switch that not every version of a desktop has; recordings may be older than the question. */
async function flagWhereItIs(host: Host, schema: string, key: string): Promise<boolean | undefined> {
  const answer = await attempt(flagOf(host, schema, key));
  if (!(answer instanceof DoorError)) return answer;
  if (answer.code === 'ENOENT' || answer.code === 'ENOTRECORDED') return undefined;
  throw answer;
}

async function readGsettings(host: Host, desktop: string, schemas: Schemas): Promise<Finding<Lock>> {
  const [enabled, delay, idle, disabled, activated] = await Promise.all([
    flagOf(host, schemas.screensaver, 'lock-enabled'),
    // Where it is absent the lock is immediate.
    orAbsent(numberOf(host, schemas.screensaver, 'lock-delay')),
    numberOf(host, schemas.session, 'idle-delay'),
    // An administrator can take locking away altogether.
    desktop === 'GNOME' ? flagWhereItIs(host, 'org.gnome.desktop.lockdown', 'disable-lock-screen') : false,
    schemas.activation ? flagWhereItIs(host, schemas.screensaver, 'idle-activation-enabled') : true,
  ]);
  const locks = enabled && disabled !== true && activated !== false;
  const way = { by: 'idle', idleMs: idle * schemas.unitMs, delayMs: (delay ?? 0) * schemas.unitMs } as const;
  return known({ desktop, ways: locks ? [way] : [], unread: [] }, 'GSettings');
}

/**
 * Keys of a group in one of KDE's files, and which of them nobody else may set: `[$i]` behind the key, the group or the whole file.
 * @throws UnparsableError for a text that has no groups
 */
export function parseKdeGroup(text: string, group: string): { readonly values: ReadonlyMap<string, string>; readonly fixed: ReadonlySet<string> } {
  const values = new Map<string, string>();
  const fixed = new Set<string>();
  let [inside, fileFixed, groupFixed, above] = [false, false, false, true];
  for (const line of text.split(/\r?\n/)) {
    const [, head, flags] = /^\[(.*?)\](\[\$[a-z]+\])?\s*$/.exec(line) ?? [];
    if (head === '$i' && above) fileFixed = true;
    else if (head !== undefined) {
      inside = head === group;
      groupFixed = flags?.includes('i') ?? false;
      above = false;
    } else if (inside) {
      const [, key, flag, value] = /^([^=[#]+?)(\[\$[a-z]+\])?\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key === undefined || value === undefined) continue;
      values.set(key.trim(), value);
      if (fileFixed || groupFixed || flag?.includes('i')) fixed.add(key.trim());
    }
  }
  if (above && !fileFixed && /\S/.test(text.replace(/^\s*#.*$/gm, ''))) throw new UnparsableError('a file of KDE has no groups');
  return { values, fixed };
}

async function readKde(host: Host): Promise<Finding<Lock>> {
  const configuration = host.env.XDG_CONFIG_HOME || (host.env.HOME ? `${host.env.HOME}/.config` : undefined);
  if (configuration === undefined) return unknown('no-data', 'The home folder of the session is not known.');
  const [system, own] = await Promise.all(
    ['/etc/xdg', configuration].map(async (folder) => parseKdeGroup((await orAbsent(host.read(`${folder}/kscreenlockerrc`))) ?? '', 'Daemon')),
  );
  // The person's file goes over the system's, unless that does not let it; a key that stands nowhere has KDE's default.
  const textOf = (name: string): string | undefined =>
    system?.fixed.has(name) ? system.values.get(name) : (own?.values.get(name) ?? system?.values.get(name));
  const flag = (name: string, otherwise: boolean): boolean => {
    const text = textOf(name)?.toLowerCase();
    if (text !== undefined && !['true', 'false', '1', '0', 'yes', 'no', 'on', 'off'].includes(text))
      throw new UnparsableError(`kscreenlockerrc: ${name} is neither true nor false`);
    return text === undefined ? otherwise : ['true', '1', 'yes', 'on'].includes(text);
  };
  const number = (name: string, otherwise: number): number => {
    const text = textOf(name);
    if (text !== undefined && !/^(-1|\d{1,6})$/.test(text)) throw new UnparsableError(`kscreenlockerrc: ${name} is not a number`);
    return text === undefined ? otherwise : Number(text);
  };
  const grace = number('LockGrace', 5);
  // A grace without end is a screen that opens without a password.
  const locks = flag('Autolock', true) && flag('RequirePassword', true) && grace >= 0;
  const way = { by: 'idle', idleMs: Math.max(0, number('Timeout', 5)) * 60_000, delayMs: Math.max(0, grace) * 1000 } as const;
  return known({ desktop: 'KDE', ways: locks ? [way] : [], unread: [] }, 'kscreenlockerrc');
}

/** Nobody to lock out: systemd-logind knows of no graphical session. The login screen's own is none. */
async function isHeadless(host: Host): Promise<boolean> {
  const sessions = await host.list('/run/systemd/sessions');
  const texts = await Promise.all(sessions.filter((name) => !name.endsWith('.ref')).map((name) => orAbsent(host.read(`/run/systemd/sessions/${name}`))));
  return !texts.some((text) => /^TYPE=(x11|wayland|mir)$/m.test(text ?? '') && !/^CLASS=greeter$/m.test(text ?? ''));
}

/** A process that is in no graphical session: there is none, or it is not this process's to know. */
async function readOutside(host: Host): Promise<Finding<Lock>> {
  const headless = await attempt(isHeadless(host));
  if (headless === true) return notApplicable('headless', 'There is no graphical session.');
  if (headless === false) return unknown('permission', 'This process does not run in the graphical session.');
  if (headless.code !== 'ENOENT') throw headless;
  const { container, wsl } = await readEnvironment(host);
  if (wsl) return notApplicable('wsl', 'The screen belongs to Windows.');
  if (container !== null) return notApplicable('container', 'The screen belongs to the host of this container.');
  return unknown('no-data', 'This process does not run in a graphical session, and nothing tells of one.');
}

export async function readLinuxLock(host: Host): Promise<Finding<Lock>> {
  const { XDG_CURRENT_DESKTOP, XDG_SESSION_TYPE, DISPLAY, WAYLAND_DISPLAY } = host.env;
  // A display of another machine, which ssh forwards, is no screen of this one.
  const graphical = XDG_SESSION_TYPE === 'x11' || XDG_SESSION_TYPE === 'wayland' || /^(unix)?:/.test(DISPLAY ?? '') || (WAYLAND_DISPLAY ?? '') !== '';
  const names = (XDG_CURRENT_DESKTOP ?? '').split(':').filter((name) => name !== '');
  if (names.length === 0 && !graphical) return readOutside(host);
  if (names.length === 0 && (host.env.WSL_DISTRO_NAME ?? '') !== '') return notApplicable('wsl', 'The screen belongs to Windows.');
  // With sudo, the session's variables come along and its settings do not.
  if (host.user.uid === 0) return unknown('permission', "Root's own settings are not those of the person who sits there.");
  if (names.includes('KDE')) return readKde(host);
  const desktop = names.map((name) => ALIASES.get(name) ?? name).find((name) => DESKTOPS.has(name));
  const schemas = DESKTOPS.get(desktop ?? '');
  return desktop === undefined || schemas === undefined
    ? unknown('unsupported', `The desktop ${names.join(', ').slice(0, 100) || 'of this session'} has no settings that can be asked.`)
    : readGsettings(host, desktop, schemas);
}
