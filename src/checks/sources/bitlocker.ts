/** BitLocker and device encryption: the shell's property, which every user may read, and the methods of WMI, which only administrators may call. */
import { type CimRow, cim, DoorError, type Got, shellProperty } from '../../model/index.ts';
import type { VolumeState } from './volumes.ts';

/** Drives that are asked about: what is needed must be said before anything is known. Later letters are mostly network drives, which may hang. */
const LETTERS = ['C', 'D', 'E', 'F', 'G'] as const;
const PROPERTY = 'System.Volume.BitLockerProtection';
const shell = LETTERS.map((letter) => shellProperty(`${letter}:\\`, PROPERTY));

// The class has properties of the same names, which are cached and can be stale: only its methods look.
const ask = (method: string) => cim('root/cimv2/Security/MicrosoftVolumeEncryption', 'Win32_EncryptableVolume', { method });
const PROTECTION = ask('GetProtectionStatus');
const CONVERSION = ask('GetConversionStatus');
const LOCK = ask('GetLockStatus');

export const BITLOCKER_NEEDS = [...shell, PROTECTION, CONVERSION, LOCK] as const;

/** Values of the shell property (PKEY {2D15A9A1-A556-4189-91AD-027458F11A07}, 1717), by number. */
const BY_NUMBER: readonly (VolumeState | undefined)[] = [
  undefined,
  ...(['encrypted', 'plain', 'encrypting', 'decrypting', 'suspended', 'locked', 'not-encryptable', 'waiting'] as const),
];

/** Pure; undefined for what the shell does not know. */
export const stateByShell = (value: unknown): VolumeState | undefined => (typeof value === 'number' ? BY_NUMBER[value] : undefined);

/** Out of what the methods answered, numbers of Win32_EncryptableVolume. Pure; undefined where they do not tell. */
export function stateByMethods(protection: number | undefined, conversion: number | undefined, lock: number | undefined): VolumeState | undefined {
  // 0 fully decrypted, 1 fully encrypted, 2 and 4 encrypting, 3 and 5 decrypting; the higher ones are paused.
  if (conversion === 0) return 'plain';
  if (conversion === 2 || conversion === 4) return 'encrypting';
  if (conversion === 3 || conversion === 5) return 'decrypting';
  if (conversion !== undefined && conversion !== 1) return undefined;
  // On means, by its documentation, that all is encrypted and no key lies in the clear.
  if (protection === 1) return 'encrypted';
  if (protection === 0) return conversion === 1 ? 'suspended' : 'plain';
  return protection === 2 && lock === 1 ? 'locked' : undefined;
}

function answerOf<T>(work: () => T): T | DoorError {
  try {
    return work();
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
}

const idOf = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

/** The number that a method answered for one volume, by its letter (`C:`) or its device id. */
function numberOf(rows: readonly CimRow[], volume: string, member: string): number | undefined {
  const row = rows.find(({ DriveLetter, DeviceID }) => [idOf(DriveLetter), idOf(DeviceID)].includes(volume.toLowerCase()));
  return row?.ReturnValue === 0 && typeof row[member] === 'number' ? row[member] : undefined;
}

/** State of a volume, by its letter (`C:`) or its device id; the failure that tells most where nothing knows it. */
export function bitLockerState(got: Got, volume: string): VolumeState | DoorError {
  const need = shell.find(({ path }) => path.toLowerCase() === `${volume.toLowerCase()}\\`);
  const value = need === undefined ? undefined : answerOf(() => got(need));
  const byShell = stateByShell(value);
  if (byShell !== undefined) return byShell;
  const rows = [PROTECTION, CONVERSION, LOCK].map((method) => answerOf(() => got(method)));
  const number = (place: number, member: string) => {
    const answer = rows[place];
    return answer === undefined || answer instanceof DoorError ? undefined : numberOf(answer, volume, member);
  };
  const byMethods = stateByMethods(number(0, 'ProtectionStatus'), number(1, 'ConversionStatus'), number(2, 'LockStatus'));
  if (byMethods !== undefined) return byMethods;
  const failures = [value, ...rows].filter((answer): answer is DoorError => answer instanceof DoorError);
  // What was refused or hung could have told; what is not there could not.
  const telling = failures.find(({ code }) => !['ENOENT', 'ENOTRECORDED', 'EOUTPUT'].includes(code)) ?? failures[0];
  return telling ?? new DoorError('ENOTSUP', `shellProperty ${volume} ${PROPERTY}`);
}
