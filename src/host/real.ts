/** The machine itself, through its doors. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir, release, type, version } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { DoorError, gatherTimeoutMs, type Host, type HostUser, type Platform, type RunResult } from '../model/index.ts';
import { listFolder, readBytes, readLink, readText, statFile } from './files.ts';
import { readSetting } from './gsettings.ts';
import { findHostPreferences, parsePlist } from './plist.ts';
import { runProgram } from './process.ts';
import { joinSysctl } from './sysctl.ts';
import { createUnitDoor } from './systemd.ts';
import { gatherOnWindows } from './windows.ts';

/** Variables of the session that checks may see; all others stay unseen. */
export const SEEN_VARIABLES = [
  ...['HOME', 'XDG_CONFIG_HOME', 'XDG_CURRENT_DESKTOP', 'XDG_SESSION_TYPE', 'XDG_SESSION_DESKTOP', 'DESKTOP_SESSION', 'XDG_RUNTIME_DIR'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'WSL_INTEROP', 'container', 'USER', 'LANG'],
  ...['SystemDrive', 'SystemRoot', 'ProgramFiles', 'USERNAME'],
] as const;

const ADMIN_GROUPS = ['sudo', 'wheel', 'admin'];
/** Administrators, whether the token is elevated or not: a name would be in the system's language. */
const ADMINISTRATORS = 'S-1-5-32-544';

function readGroups(uid: number): string[] {
  const own = new Set(process.getgroups?.() ?? []);
  try {
    const rows = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((row) => row.split(':'));
    return rows.filter(([, , gid]) => gid !== undefined && own.has(Number(gid))).map(([name = '']) => name);
  } catch {
    return uid === 0 ? ['root'] : [];
  }
}

/** `whoami` shows groups that count only once elevated as well. Undefined where it does not answer. */
function isWindowsAdministrator(): boolean | undefined {
  try {
    const program = path.win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'whoami.exe');
    return execFileSync(program, ['/groups', '/fo', 'csv', '/nh'], { encoding: 'latin1', timeout: 5_000, windowsHide: true }).includes(`"${ADMINISTRATORS}"`);
  } catch {
    return undefined;
  }
}

function readUser(): HostUser {
  // Not `userInfo()`: it fails for users that no list names. Windows has no such number.
  const uid = process.getuid?.() ?? -1;
  if (process.platform === 'win32') {
    const admin = isWindowsAdministrator();
    return { uid, groups: [], admin: admin ?? false, ...(admin === undefined ? { unsure: true } : {}) };
  }
  const groups = readGroups(uid);
  return { uid, groups, admin: uid === 0 || groups.some((group) => ADMIN_GROUPS.includes(group)) };
}

/** `%ProgramFiles%` and its like, which Windows leaves in what products say of themselves. */
const expandVariables = (file: string): string => file.replace(/%(\w+)%/g, (whole, name: string) => process.env[name] ?? whole);

function describeRelease(): string {
  if (process.platform !== 'linux') return `${version()} ${release()}`;
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? `${type()} ${release()}`;
  } catch {
    return `${type()} ${release()}`;
  }
}

export interface RealHostOptions {
  /** First-seen dates, kept by the agent. Default: nothing seen before. */
  readonly history?: (check: string) => Readonly<Record<string, string>>;
  /** Called before each program that is started, for measuring. */
  readonly onRun?: (program: string) => void;
}

/** This machine. @throws on a system that Stance does not know. */
export function createRealHost(options: RealHostOptions = {}): Host {
  const os = process.platform;
  if (os !== 'linux' && os !== 'darwin' && os !== 'win32') throw new TypeError(`Stance does not know the system ${os}.`);
  const platform: Platform = os;
  const only = (system: Platform, door: string): void => {
    if (platform !== system) throw new DoorError('ENOSYS', door);
  };
  const run = async (program: string, args: readonly string[], timeoutMs?: number, onOutput?: (chunk: Uint8Array) => void): Promise<RunResult> => {
    options.onRun?.(program);
    return runProgram(program, args, timeoutMs, onOutput);
  };
  const runJoined = platform === 'darwin' ? joinSysctl(run) : run;
  const unit = createUnitDoor(run, () =>
    statFile('/run/systemd/system').then(
      () => true,
      () => false,
    ),
  );
  return {
    os: platform,
    release: describeRelease(),
    user: readUser(),
    env: Object.fromEntries(SEEN_VARIABLES.map((name) => [name, process.env[name]])),
    now: () => Date.now(),
    history: options.history ?? (() => ({})),
    run: (program, args, given) => runJoined(program, args, given?.timeoutMs),
    read: readText,
    readBytes,
    list: listFolder,
    link: readLink,
    stat: (file) => statFile(platform === 'win32' ? expandVariables(file) : file),
    async unit(name, scope = 'system') {
      only('linux', `unit ${name}`);
      return unit(name, scope);
    },
    async gsettings(schema, key) {
      only('linux', `gsettings ${schema} ${key}`);
      return readSetting(run, schema, key);
    },
    async plist(pathOrDomain, given) {
      only('darwin', `plist ${pathOrDomain}`);
      const path = given?.host === 'current' ? await findHostPreferences(listFolder, homedir(), pathOrDomain) : pathOrDomain;
      return parsePlist(await readBytes(path), `plist ${path}`);
    },
    async gather(needs) {
      only('win32', 'gather');
      return gatherOnWindows((program, args, onOutput) => run(program, args, gatherTimeoutMs(needs), onOutput), needs);
    },
  };
}
