/** The machine itself, through its doors. */
import { readFileSync } from 'node:fs';
import { homedir, release, type, userInfo, version } from 'node:os';
import process from 'node:process';
import { DoorError, type Host, type HostUser, type Platform, type RunResult } from '../model/index.ts';
import { listFolder, readBytes, readLink, readText, statFile } from './files.ts';
import { readSetting } from './gsettings.ts';
import { findHostPreferences, parsePlist } from './plist.ts';
import { runProgram } from './process.ts';
import { createUnitDoor } from './systemd.ts';
import { gatherOnWindows } from './windows.ts';

/** Variables of the session that checks may see; all others stay unseen. */
export const SEEN_VARIABLES = [
  ...['HOME', 'XDG_CONFIG_HOME', 'XDG_CURRENT_DESKTOP', 'XDG_SESSION_TYPE', 'XDG_SESSION_DESKTOP', 'DESKTOP_SESSION', 'XDG_RUNTIME_DIR'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'WSL_INTEROP', 'container'],
] as const;

const ADMIN_GROUPS = ['sudo', 'wheel', 'admin'];
/** PowerShell alone takes seconds to start on a busy machine. */
const POWERSHELL_TIMEOUT_MS = 30_000;

function readGroups(uid: number): string[] {
  if (process.platform === 'win32') return [];
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

function readUser(): HostUser {
  const { uid } = userInfo();
  const groups = readGroups(uid);
  return { uid, groups, admin: uid === 0 || groups.some((group) => ADMIN_GROUPS.includes(group)) };
}

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
  const run = async (program: string, args: readonly string[], timeoutMs?: number): Promise<RunResult> => {
    options.onRun?.(program);
    return runProgram(program, args, timeoutMs);
  };
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
    run: (program, args, given) => run(program, args, given?.timeoutMs),
    read: readText,
    readBytes,
    list: listFolder,
    link: readLink,
    stat: statFile,
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
      return gatherOnWindows((program, args) => run(program, args, POWERSHELL_TIMEOUT_MS), needs);
    },
  };
}
