/** Which volumes a Windows machine has built in. */
import { type CimRow, cim, DoorError, type Got, UnparsableError } from '../../model/index.ts';
import { isUnrecorded, mostTelling } from './failures.ts';

const LOGICAL_DISKS = cim('root/cimv2', 'Win32_LogicalDisk');
const VOLUMES = cim('root/cimv2', 'Win32_Volume');
const PARTITIONS = cim('root/Microsoft/Windows/Storage', 'MSFT_Partition');
const DISKS = cim('root/Microsoft/Windows/Storage', 'MSFT_Disk');
const PHYSICAL = cim('root/Microsoft/Windows/Storage', 'MSFT_PhysicalDisk');
export const VOLUME_NEEDS = [LOGICAL_DISKS, VOLUMES, PARTITIONS, DISKS, PHYSICAL] as const;

/** Buses of MSFT_Disk that a disk comes and goes on, or is no disk: FireWire, USB, iSCSI, a file. */
export const EXTERNAL_BUSES: readonly unknown[] = [4, 7, 9, 15];
const FIXED = 3;

const rowsOf = (got: Got, need: (typeof VOLUME_NEEDS)[number]): readonly CimRow[] | DoorError => {
  try {
    return got(need);
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
};
const letterOf = (value: unknown): string | undefined => (typeof value === 'string' ? /^([A-Za-z]):?$/.exec(value)?.[1]?.toUpperCase() : undefined);

/** Letters on disks that are known to be external; the failure where that cannot be told. A USB disk calls itself fixed, so the bus must tell. */
function externalLetters(got: Got): ReadonlySet<string> | DoorError {
  const [partitions, disks] = [rowsOf(got, PARTITIONS), rowsOf(got, DISKS)];
  if (partitions instanceof DoorError || disks instanceof DoorError) {
    // Which disk a letter lies on need not be known where all of them are built in.
    const physical = rowsOf(got, PHYSICAL);
    if (!(physical instanceof DoorError) && physical.length > 0 && !physical.some(({ BusType }) => EXTERNAL_BUSES.includes(BusType))) return new Set();
    const failure = mostTelling([partitions, disks].filter((answer) => answer instanceof DoorError));
    return isUnrecorded(failure) ? new Set() : failure;
  }
  const external = new Set(disks.filter(({ BusType }) => EXTERNAL_BUSES.includes(BusType)).map(({ Number: number }) => number));
  return new Set(partitions.filter(({ DiskNumber }) => external.has(DiskNumber)).flatMap(({ DriveLetter }) => letterOf(DriveLetter) ?? []));
}

export interface WindowsVolume {
  /** `D:`, or in words for one without a letter. */
  readonly name: string;
  /** What BitLocker knows it by: letter, or device id. */
  readonly id: string;
  /** Why it is not known whether it is built in. */
  readonly unplaced?: DoorError;
}

/** The letter of the drive that Windows runs from: `C:`. */
export const systemDrive = (env: Readonly<Record<string, string | undefined>>): string => {
  const letter = letterOf(env.SystemDrive);
  return `${letter ?? 'C'}:`;
};

/**
 * Built-in volumes with a letter or in a folder, those of the system left out. Volumes that are neither start or mend Windows.
 * @throws DoorError where neither class answers, UnparsableError where the system's own drive is not among them
 */
export function dataVolumes(got: Got, system: string): WindowsVolume[] {
  const [logical, volumes] = [rowsOf(got, LOGICAL_DISKS), rowsOf(got, VOLUMES)];
  if (logical instanceof DoorError && volumes instanceof DoorError) throw logical;
  const rows = [logical, volumes].flatMap((answer) => (answer instanceof DoorError ? [] : answer)).filter(({ DriveType }) => DriveType === FIXED);
  const letters = [...new Set(rows.flatMap(({ DeviceID, DriveLetter }) => letterOf(DriveLetter) ?? letterOf(DeviceID) ?? []))].sort();
  if (!letters.includes(system.slice(0, 1))) throw new UnparsableError(`${system} is not among the volumes`);
  const external = externalLetters(got);
  const unplaced = external instanceof DoorError ? { unplaced: external } : {};
  const lettered = letters
    .filter((letter) => `${letter}:` !== system && (external instanceof DoorError || !external.has(letter)))
    .map((letter) => ({ name: `${letter}:`, id: `${letter}:`, ...unplaced }));
  const inFolders = rows.flatMap(({ DriveLetter, Name, DeviceID }) => {
    const host = typeof Name === 'string' ? /^([A-Za-z]):\\./.exec(Name)?.[1] : undefined;
    // The folder's name is the person's own.
    return DriveLetter === null && host !== undefined && typeof DeviceID === 'string'
      ? [{ name: `A volume in a folder of ${host.toUpperCase()}:`, id: DeviceID }]
      : [];
  });
  return [...lettered, ...inFolders].slice(0, 40);
}
