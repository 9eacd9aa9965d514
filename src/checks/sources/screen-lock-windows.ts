/** Whether the screen locks by itself on Windows: five ways, each from the registry or the power plan in force. */
import {
  cim,
  DoorError,
  type Finding,
  type Got,
  type Host,
  isAbsent,
  type JsonValue,
  known,
  type Need,
  registry,
  registryValues,
  UnparsableError,
} from '../../model/index.ts';
import type { Lock, LockWay } from './screen-lock.ts';

const SYSTEM_POLICIES = registry('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System');
const DEVICE_LOCK = registry('HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock');
const SAVER = ['ScreenSaveActive', 'ScreenSaverIsSecure', 'ScreenSaveTimeOut', 'SCRNSAVE.EXE'] as const;
// The same key names the person's wallpaper.
const DESKTOP = registryValues('HKCU\\Control Panel\\Desktop', ...SAVER, 'DelayLockInterval');
const DESKTOP_POLICY = registry('HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop');
const PLANS = cim('root/cimv2/power', 'Win32_PowerPlan');
const SETTINGS = cim('root/cimv2/power', 'Win32_PowerSettingDataIndex');
/** Settings of a power plan. */
const DISPLAY_OFF = '3c0bc021-c8a8-4e07-a973-6b14cbcb2b7e';
const SLEEP = '29f6c1db-86da-48c5-9fdb-f2b67b1f44da';
const SIGN_IN_ON_WAKE = '0e796bdb-100d-47d6-a2d5-f7d2daa51f51';
const powerPolicy = (setting: string) => registry(`HKLM\\SOFTWARE\\Policies\\Microsoft\\Power\\PowerSettings\\${setting}`);

export const windowsLockNeeds: readonly Need[] = [
  ...[SYSTEM_POLICIES, DEVICE_LOCK, DESKTOP, DESKTOP_POLICY, PLANS, SETTINGS],
  ...[SIGN_IN_ON_WAKE, DISPLAY_OFF, SLEEP].map(powerPolicy),
];

type Values = Readonly<Record<string, JsonValue>>;

/** A value by its name, which matches without case. */
const memberOf = (values: Values, name: string): JsonValue | undefined => Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** A number, or text that is one: the desktop's settings are text. Undefined where it is absent. @throws UnparsableError */
function numberOf(values: Values, name: string): number | undefined {
  const value = memberOf(values, name);
  if (value === undefined || value === null) return undefined;
  const text = String(value).trim();
  if (!/^\d{1,10}$/.test(text)) throw new UnparsableError(`${name} is not a number`);
  return Number(text);
}

/** The values of a key that need not be there. */
function valuesWhere(got: Got, need: ReturnType<typeof registry>, codes: readonly string[] = []): Values {
  try {
    return got(need).values;
  } catch (error) {
    if (isAbsent(error) || (error instanceof DoorError && codes.includes(error.code))) return {};
    throw error;
  }
}

/** HKCU is that of the account that asks: a service sees its own, which locks nobody's screen. */
function assertSession(env: Host['env']): void {
  if (/\$$|^(system|local service|network service)$/i.test(env.USERNAME ?? '')) throw new DoorError('EACCES', 'HKCU: this process is not in the session');
}

function limitSet(got: Got): LockWay | undefined {
  const seconds = numberOf(valuesWhere(got, SYSTEM_POLICIES), 'InactivityTimeoutSecs');
  return seconds === undefined ? undefined : { by: 'inactivity', idleMs: seconds * 1000, delayMs: 0 };
}

/** DeviceLock CSP: `DevicePasswordEnabled` 0 is on. */
function limitManaged(got: Got): LockWay | undefined {
  const values = valuesWhere(got, DEVICE_LOCK);
  const minutes = numberOf(values, 'MaxInactivityTimeDeviceLock');
  return minutes === undefined || numberOf(values, 'DevicePasswordEnabled') === 1 ? undefined : { by: 'mdm', idleMs: minutes * 60_000, delayMs: 0 };
}

function secureSaver(got: Got, env: Host['env']): LockWay | undefined {
  assertSession(env);
  const own = got(DESKTOP).values;
  const policy = valuesWhere(got, DESKTOP_POLICY);
  const values = Object.fromEntries(SAVER.map((name) => [name, memberOf(policy, name) ?? memberOf(own, name) ?? null]));
  const program = String(values['SCRNSAVE.EXE'] ?? '').trim();
  if (program === '' || /^\(none\)$/i.test(program)) return undefined;
  if (numberOf(values, 'ScreenSaveActive') !== 1 || numberOf(values, 'ScreenSaverIsSecure') !== 1) return undefined;
  const seconds = numberOf(values, 'ScreenSaveTimeOut');
  if (seconds === undefined) throw new UnparsableError('ScreenSaveTimeOut is absent');
  return { by: 'screen-saver', idleMs: seconds * 1000, delayMs: 0 };
}

interface PowerSources {
  readonly ac: number;
  readonly dc: number;
}

/** A setting of the plan in force, on mains and on battery; a policy goes over the plan. @throws DoorError, UnparsableError where the plan does not have it */
function settingOf(got: Got, setting: string): PowerSources {
  const policy = valuesWhere(got, powerPolicy(setting), ['ENOTRECORDED']);
  const active = got(PLANS).filter(({ IsActive }) => IsActive === true);
  const plan = /\{[0-9a-f-]{36}\}/i.exec(String(active[0]?.InstanceID))?.[0].toLowerCase();
  if (active.length !== 1 || plan === undefined) throw new UnparsableError('no power plan is in force');
  const of = (source: 'AC' | 'DC'): number => {
    const tail = `${plan}\\${source}\\{${setting}}`.toLowerCase();
    const row = got(SETTINGS).find(({ InstanceID }) => String(InstanceID).toLowerCase().endsWith(tail));
    const number = numberOf(policy, `${source}SettingIndex`) ?? numberOf(row ?? {}, 'SettingIndexValue');
    if (number === undefined) throw new UnparsableError(`the power plan does not say ${setting}`);
    return number;
  };
  return { ac: of('AC'), dc: of('DC') };
}

/** Milliseconds, on the source of power where it takes longest; 0 is never. */
const longest = ({ ac, dc }: PowerSources): number => (ac === 0 || dc === 0 ? 0 : Math.max(ac, dc) * 1000);

const NEVER = 0xffff_ffff;

/** Undefined: waking asks for nothing. `delay`: seconds that may pass first, undefined where nothing was chosen. */
function signInOnWake(got: Got, env: Host['env']): { readonly delay: number | undefined } | undefined {
  assertSession(env);
  const { ac, dc } = settingOf(got, SIGN_IN_ON_WAKE);
  const delay = numberOf(got(DESKTOP).values, 'DelayLockInterval');
  return ac === 1 && dc === 1 && delay !== NEVER ? { delay } : undefined;
}

function sleeping(got: Got, env: Host['env']): LockWay | undefined {
  const wake = signInOnWake(got, env);
  return wake === undefined ? undefined : { by: 'sleep', idleMs: longest(settingOf(got, SLEEP)), delayMs: (wake.delay ?? 0) * 1000 };
}

/** A dark display locks where it means sleep (Modern Standby), and only there is there a time to choose until the sign-in is asked for. */
function darkDisplay(got: Got, env: Host['env']): LockWay | undefined {
  const wake = signInOnWake(got, env);
  if (wake === undefined) return undefined;
  const idleMs = longest(settingOf(got, DISPLAY_OFF));
  if (wake.delay === undefined && idleMs > 0) throw new DoorError('ENOTSUP', 'whether a dark display asks for the sign-in');
  return { by: 'display', idleMs, delayMs: (wake.delay ?? 0) * 1000 };
}

const READERS: readonly (readonly [LockWay['by'], (got: Got, env: Host['env']) => LockWay | undefined])[] = [
  ['inactivity', limitSet],
  ['mdm', limitManaged],
  ['screen-saver', secureSaver],
  ['sleep', sleeping],
  ['display', darkDisplay],
];

/** Pure. */
export function windowsLockFrom(got: Got, { env }: Pick<Host, 'env'>): Finding<Lock> {
  const ways: LockWay[] = [];
  const unread: LockWay['by'][] = [];
  const failures: Error[] = [];
  for (const [by, read] of READERS) {
    try {
      const way = read(got, env);
      if (way !== undefined) ways.push(way);
    } catch (error) {
      if (!(error instanceof DoorError || error instanceof UnparsableError)) throw error;
      unread.push(by);
      failures.push(error);
    }
  }
  const told = failures.find((failure) => !(failure instanceof DoorError && failure.code === 'ENOTRECORDED')) ?? failures[0];
  if (told !== undefined && !ways.some(({ idleMs }) => idleMs > 0)) throw told;
  return known({ desktop: 'Windows', ways, unread }, 'registry, Win32_PowerSettingDataIndex');
}
