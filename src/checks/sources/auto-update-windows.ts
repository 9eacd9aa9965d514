/** Whether Windows updates itself: policy, management, the person's settings, a pause, and the services that do it. Pure. */
import { com, DoorError, type Got, type JsonValue, type RegistryKey, registry, service, UnparsableError } from '../../model/index.ts';
import type { AutoUpdate } from './auto-update-linux.ts';

const DAY_MS = 86_400_000;
/** The longest pause that Windows grants. */
const MAX_PAUSE_DAYS = 35;

const POLICY = registry('HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate');
const AU_POLICY = registry('HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU');
const SETTINGS = registry('HKLM\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings');
const STATE = registry('HKLM\\SOFTWARE\\Microsoft\\WindowsUpdate\\UpdatePolicy\\Settings');
const MANAGED = registry('HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\Update');
const OLD_SETTINGS = registry('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update');
const AUTO_UPDATE = com('Microsoft.Update.AutoUpdate');
const SERVICES = ['wuauserv', 'UsoSvc'].map((name) => ({
  name,
  service: service(name),
  key: registry(`HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name}`),
}));
const KEYS = [POLICY, AU_POLICY, SETTINGS, STATE, MANAGED, OLD_SETTINGS];

export const AUTO_UPDATE_NEEDS = [...KEYS, AUTO_UPDATE, ...SERVICES.flatMap(({ service: need, key }) => [need, key])];
export const AUTO_UPDATE_KEYS: readonly string[] = KEYS.map(({ key }) => key);

export interface WindowsAutoUpdate extends AutoUpdate {
  /** End of a pause, ISO 8601; null where only that there is one is known. */
  readonly pausedUntil?: string | null;
}

type Values = RegistryKey['values'];

/** Values by name, without case, as Windows has them; a key that is not there has none. */
function valuesOf(got: Got, need: (typeof KEYS)[number]): Values | DoorError {
  try {
    return Object.fromEntries(Object.entries(got(need).values).map(([name, value]) => [name.toLowerCase(), value]));
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
    return error.code === 'ENOENT' ? {} : error;
  }
}

const numberOf = (values: Values | DoorError, name: string): number | undefined => {
  const value = values instanceof DoorError ? undefined : values[name.toLowerCase()];
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
  return typeof value === 'number' ? value : undefined;
};

/** A time of a pause: ISO 8601 as text, though it looks like a number at first. @returns undefined where none is set @throws UnparsableError */
export function pauseTimeOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null || value === '' || value === 0) return undefined;
  const at = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value.length === 10 ? `${value}T00:00:00Z` : value) : Number.NaN;
  if (Number.isNaN(at)) throw new UnparsableError('The time of a pause of Windows Update is no time');
  return at;
}

const timeOf = (values: Values | DoorError, name: string): number | undefined =>
  values instanceof DoorError ? undefined : pauseTimeOf(values[name.toLowerCase()]);

/** The end of a pause that is under way, ms; null for one without a known end. Pauses of feature updates do not count. */
function pauseOf(settings: Values | DoorError, state: Values | DoorError, policies: readonly (Values | DoorError)[], now: number): number | null | undefined {
  const ends = [timeOf(settings, 'PauseUpdatesExpiryTime'), timeOf(settings, 'PauseQualityUpdatesEndTime')].filter((end) => end !== undefined);
  // Set by policy as a beginning; it ends by itself.
  for (const policy of policies) {
    const start = timeOf(policy, 'PauseQualityUpdatesStartTime');
    if (start !== undefined && start <= now && numberOf(policy, 'PauseQualityUpdates') !== 0) ends.push(start + MAX_PAUSE_DAYS * DAY_MS);
    else if (start === undefined && numberOf(policy, 'PauseQualityUpdates') === 1) return null;
  }
  const latest = ends.length === 0 ? undefined : Math.max(...ends);
  if (latest !== undefined && latest > now) return latest;
  // 1: paused; 2: went on by itself.
  if (numberOf(state, 'PausedQualityStatus') !== 1 || latest !== undefined) return undefined;
  const since = timeOf(state, 'PausedQualityDate');
  if (since === undefined) return null;
  const end = since + MAX_PAUSE_DAYS * DAY_MS;
  return end > now ? end : undefined;
}

/** `disabled` where the service cannot be started; a stopped one is normal, since it is started when there is something to do. @throws DoorError */
function isDisabled(got: Got, { service: need, key }: (typeof SERVICES)[number]): boolean {
  try {
    return got(need).start === 'disabled';
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
    if (error.code === 'ENOENT') return true;
    const values = valuesOf(got, key);
    const start = numberOf(values, 'Start');
    if (start === undefined) throw error;
    return start === 4;
  }
}

/** `Settings.NotificationLevel`: 0 not set, 1 off, 2 to 4 as in `AUOptions`; undefined where COM does not answer. */
function notificationLevel(got: Got): number | undefined {
  try {
    const answer = got(AUTO_UPDATE);
    const level =
      typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? (answer as Readonly<Record<string, JsonValue>>).NotificationLevel : undefined;
    return typeof level === 'number' ? level : undefined;
  } catch (error) {
    if (error instanceof DoorError) return undefined;
    throw error;
  }
}

/** @throws DoorError, UnparsableError where a source that could say "off" cannot be read and none does. */
export function windowsAutoUpdate(got: Got, now: number): WindowsAutoUpdate {
  const [policy = {}, au = {}, settings = {}, state = {}, managed = {}, old = {}] = KEYS.map((need) => valuesOf(got, need));
  const level = notificationLevel(got);
  const options = numberOf(au, 'AUOptions');
  const disabled = SERVICES.map((entry) => {
    try {
      return isDisabled(got, entry) ? entry.name : undefined;
    } catch (error) {
      if (error instanceof DoorError) return error;
      throw error;
    }
  });
  const reasons: readonly (readonly [boolean, string])[] = [
    [numberOf(au, 'NoAutoUpdate') === 1 || options === 1, 'policy switches automatic updates off'],
    [numberOf(managed, 'AllowAutoUpdate') === 5 || numberOf(managed, 'AllowUpdateService') === 0, 'management switches automatic updates off'],
    [level === 1 || numberOf(old, 'AUOptions') === 1, 'automatic updates are switched off'],
    ...disabled.map((name) => [typeof name === 'string', `the service ${name instanceof DoorError ? '' : name} is disabled`] as const),
  ];
  const off = reasons.filter(([is]) => is).map(([, reason]) => reason);
  const by = 'Windows Update';
  if (off.length > 0) return { mode: 'off', by, off };
  const failure = [policy, au, settings, state, managed, ...disabled].find((answer) => answer instanceof DoorError);
  const pause = pauseOf(settings, state, [policy, managed], now);
  const paused = pause === undefined ? {} : { pausedUntil: pause === null ? null : new Date(pause).toISOString() };
  // A pause that is seen counts, whatever else is not.
  if (failure !== undefined && pause === undefined) throw failure;
  const how = options ?? numberOf(managed, 'AllowAutoUpdate') ?? level;
  // 2 asks before it downloads, 3 before it installs, 5 and 7 leave it to whoever administers the device; management's 0 asks.
  const asks = options !== undefined ? [2, 3, 5, 7].includes(options) : numberOf(managed, 'AllowAutoUpdate') !== undefined ? how === 0 : how === 2 || how === 3;
  return { mode: asks ? 'ask' : 'install', by, ...paused };
}
