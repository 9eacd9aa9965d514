/** FileVault: every sentence of `fdesetup status`, which is English in every language, and what diskutil says of the volumes. */
import { attempt, DoorError, type Host, type JsonValue, parseXmlPlist, type RunResult, UnparsableError } from '../../model/index.ts';
import { tried, type VolumeState } from './volumes.ts';

/** Longest answer that is looked at, in characters. */
const MAX_ANSWER = 4_000;
/** diskutil waits for disks that sleep. Milliseconds. */
const DISKUTIL = { timeoutMs: 4_000 };

/**
 * State of the startup disk out of `fdesetup status`; undefined where it says nothing of FileVault.
 * @throws UnparsableError for a sentence that begins like one of FileVault's and goes on otherwise
 */
export function parseFileVault(stdout: string): VolumeState | undefined {
  if (stdout.length > MAX_ANSWER) throw new UnparsableError('fdesetup says too much');
  const lines = stdout.split('\n').map((line) => line.trim());
  const status = lines.find((line) => line.startsWith('FileVault is '));
  const progress = lines.find((line) => /^(?:En|De)cryption in progress:/.test(line));
  // Old systems print the progress alone.
  if (progress !== undefined && !/^(?:En|De)cryption in progress: (?:Percent completed = \d{1,3}(?:\.\d+)?|Pending)$/.test(progress))
    throw new UnparsableError('fdesetup');
  if (progress?.startsWith('De')) return 'decrypting';
  if (progress !== undefined) return 'encrypting';
  switch (status) {
    case undefined:
      return undefined;
    case 'FileVault is On.':
    // The key is in use; a restart only ends the change.
    case 'FileVault is On, but needs to be restarted to finish.':
      return 'encrypted';
    case 'FileVault is Off, but will be enabled after the next restart.':
      return 'after-restart';
    case 'FileVault is Off.':
    case 'FileVault is Off, but needs to be restarted to finish.':
      return lines.some((line) => line.startsWith('Deferred enablement appears to be active')) ? 'deferred' : 'plain';
    default:
      // Whatever is to come: off is off now. On, with a condition that is not known, is not.
      if (/^FileVault is Off\b/.test(status)) return 'plain';
      throw new UnparsableError('fdesetup answers with a sentence that is not known');
  }
}

/** What a program printed, or undefined where it ended badly or said nothing. */
const printed = ({ stdout, exit }: RunResult): string | undefined => (exit === 0 && stdout.trim() !== '' ? stdout : undefined);

type Dict = Readonly<Record<string, JsonValue>>;
const dictOf = (value: JsonValue | undefined): Dict => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {});
const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** @throws UnparsableError for what is no property list */
export function parseDiskutil(stdout: string): Dict {
  try {
    return dictOf(parseXmlPlist(stdout));
  } catch {
    throw new UnparsableError('diskutil prints no property list');
  }
}

export async function runDiskutil(host: Host, ...args: string[]): Promise<Dict> {
  const stdout = printed(await host.run('diskutil', args, DISKUTIL));
  if (stdout === undefined) throw new UnparsableError('diskutil says nothing');
  return parseDiskutil(stdout);
}

/** `Encryption` alone is the hardware's own, with a key that anybody's start unlocks: only FileVault counts, and only when all is done. */
export function stateOfVolume({ FileVault, Encryption, CryptoMigrationOn }: Dict): VolumeState {
  if (FileVault === false) return 'plain';
  if (FileVault !== true || typeof Encryption !== 'boolean') return 'unknown';
  return Encryption && CryptoMigrationOn !== true ? 'encrypted' : 'encrypting';
}

export interface ApfsVolume {
  /** `disk3s5` */
  readonly device: string;
  readonly roles: readonly string[];
  readonly state: VolumeState;
  /** `disk3` */
  readonly container: string;
  /** Whether a system starts from its container. */
  readonly startup: boolean;
  /** Disks that its container lies on: `disk0`. */
  readonly disks: readonly string[];
}

/** Volumes out of `diskutil apfs list -plist`. @throws UnparsableError */
export function parseApfsList(stdout: string): ApfsVolume[] {
  const containers = listOf(parseDiskutil(stdout).Containers).map(dictOf);
  return containers.flatMap((container) => {
    const volumes = listOf(container.Volumes).map(dictOf);
    const rolesOf = (volume: Dict): string[] => listOf(volume.Roles).map(textOf);
    const has = (role: string): boolean => volumes.some((volume) => rolesOf(volume).includes(role));
    // Before macOS 10.15 system and data were one volume, without a role.
    const startup = (has('System') && has('Data')) || (has('Preboot') && !has('System') && !has('Data'));
    const reference = textOf(container.ContainerReference).slice(0, 32);
    const disks = listOf(container.PhysicalStores).map((store) => textOf(dictOf(store).DeviceIdentifier).replace(/s\d+$/, ''));
    return volumes.map((volume) => ({
      device: textOf(volume.DeviceIdentifier).slice(0, 32),
      container: reference,
      roles: rolesOf(volume),
      state: stateOfVolume(volume),
      startup,
      disks,
    }));
  });
}

export async function readApfsVolumes(host: Host): Promise<ApfsVolume[]> {
  const stdout = printed(await host.run('diskutil', ['apfs', 'list', '-plist'], DISKUTIL));
  if (stdout === undefined) throw new UnparsableError('diskutil says nothing');
  return parseApfsList(stdout);
}

/** What fdesetup says of the startup disk. @throws UnparsableError */
export async function askFdesetup(host: Host): Promise<VolumeState> {
  const stdout = printed(await host.run('fdesetup', ['status']));
  const state = stdout === undefined ? undefined : parseFileVault(stdout);
  if (state === undefined) throw new UnparsableError('fdesetup does not say whether FileVault is on');
  return state;
}

const isKnown = (state: unknown): state is VolumeState => typeof state === 'string' && state !== 'unknown';

/** State of the startup disk, from the first source that knows. @throws the failure of the first */
export async function readStartupDisk(host: Host): Promise<{ state: VolumeState; method: string }> {
  const said = await tried(askFdesetup(host));
  if (isKnown(said)) return { state: said, method: 'fdesetup status' };
  const volumes = await tried(readApfsVolumes(host));
  const data = volumes instanceof Error ? [] : volumes.filter(({ startup, roles }) => startup && roles.includes('Data'));
  // With two systems on a Mac, nothing here says which of them runs.
  if (data.length === 1 && isKnown(data[0]?.state)) return { state: data[0].state, method: 'diskutil apfs list' };
  const info = await tried(runDiskutil(host, 'info', '-plist', '/').then(stateOfVolume));
  if (isKnown(info)) return { state: info, method: 'diskutil info' };
  const active = await attempt(host.run('fdesetup', ['isactive']));
  // "true" is said while a disk is still being encrypted, too.
  if (!(active instanceof DoorError) && active.stdout.trim() === 'false' && active.exit === 1) return { state: 'plain', method: 'fdesetup isactive' };
  throw said;
}
