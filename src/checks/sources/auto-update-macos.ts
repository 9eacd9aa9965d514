/** Whether macOS updates itself: five switches, which management may set over the person's. What is not set is on. */
import { attempt, DoorError, type Host, type JsonValue, UnparsableError } from '../../model/index.ts';
import type { AutoUpdate } from './auto-update-linux.ts';
import { dictionaryOf } from './property-list.ts';
import { SOFTWARE_UPDATE } from './software-update.ts';

export const MANAGED_SOFTWARE_UPDATE = '/Library/Managed Preferences/com.apple.SoftwareUpdate.plist';
/** What declarative management has set; for root only. */
const DECLARED = '/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist';

/** Key, what it does, and what declarative management calls it. */
const SWITCHES = [
  { key: 'AutomaticCheckEnabled', what: 'looking for updates', declared: 'automaticallyCheck' },
  { key: 'AutomaticDownload', what: 'downloading updates', declared: 'automaticallyDownload' },
  { key: 'AutomaticallyInstallMacOSUpdates', what: 'installing macOS updates', declared: 'automaticallyInstallOSUpdates' },
  { key: 'CriticalUpdateInstall', what: 'installing security responses', declared: 'automaticallyInstallSystemAndSecurityUpdates' },
  { key: 'ConfigDataInstall', what: 'installing system data files', declared: 'automaticallyInstallSystemAndSecurityUpdates' },
] as const;

type Settings = Readonly<Record<string, JsonValue>>;

/** A switch as property lists have it. @returns undefined where it is not set @throws UnparsableError */
export function switchOf(value: JsonValue | undefined, key: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  if (typeof value === 'string' && /^(1|true|yes)$/i.test(value)) return true;
  if (typeof value === 'string' && /^(0|false|no)$/i.test(value)) return false;
  throw new UnparsableError(`${key} is neither on nor off`);
}

/** Pure. `managed` goes over `local`, and what is declared over both. */
export function autoUpdateOf(local: Settings, managed: Settings, declared: Settings): AutoUpdate {
  const isOff = ({ key, declared: name }: (typeof SWITCHES)[number]): boolean => {
    const set = typeof declared[name] === 'boolean' ? declared[name] : (switchOf(managed[key], key) ?? switchOf(local[key], key));
    return set === false;
  };
  const off = SWITCHES.filter(isOff).map(({ what }) => what);
  const by = 'Software Update';
  if (off.length === 0) return { mode: 'install', by };
  // Without looking, nothing of the rest happens; without downloading or installing, the person is asked.
  const [check, download, install] = SWITCHES.map(({ what }) => off.includes(what));
  return { mode: check ? 'off' : download || install ? 'ask' : 'install', by, off };
}

const settingsOf = async (host: Host, path: string): Promise<Settings | DoorError> => {
  const answer = await attempt(host.plist(path));
  if (!(answer instanceof DoorError)) return dictionaryOf(answer, path);
  return answer.code === 'ENOENT' ? {} : answer;
};

async function declaredSettings(host: Host): Promise<Settings> {
  const state = await attempt(host.plist(DECLARED));
  if (state instanceof DoorError || typeof state !== 'object' || state === null) return {};
  const fields = (state as Settings).SUCorePersistedStatePolicyFields as Settings | undefined;
  const settings = fields?.SUCoreDDMDeclarationGlobalSettings;
  return typeof settings === 'object' && settings !== null && !Array.isArray(settings) ? (settings as Settings) : {};
}

/** @throws DoorError, UnparsableError */
export async function readMacosAutoUpdate(host: Host): Promise<AutoUpdate> {
  const [local, managed, declared] = await Promise.all([settingsOf(host, SOFTWARE_UPDATE), settingsOf(host, MANAGED_SOFTWARE_UPDATE), declaredSettings(host)]);
  // Management may have changed whatever the local file says.
  if (managed instanceof DoorError) throw managed;
  if (!(local instanceof DoorError)) return autoUpdateOf(local, managed, declared);
  if (SWITCHES.every(({ key }) => managed[key] !== undefined)) return autoUpdateOf({}, managed, declared);
  const known = autoUpdateOf({}, managed, declared);
  if (known.off !== undefined) return known;
  // One of the five can be asked for otherwise; that it is on says nothing of the rest.
  const schedule = await attempt(host.run('softwareupdate', ['--schedule']));
  if (!(schedule instanceof DoorError) && /^Automatic check(ing for updates)? is (turned )?off/im.test(schedule.stdout + schedule.stderr)) {
    return autoUpdateOf({ AutomaticCheckEnabled: false }, managed, declared);
  }
  throw local;
}
