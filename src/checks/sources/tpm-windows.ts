/**
 * The TPM as Windows' plug and play sees it, without rights: present devices by `Win32_PnPEntity`, devices ever seen by the
 * registry's Enum key, which outlives them. Hardware ids only: the device's name is in the person's language.
 */
import {
  type CimRow,
  cim,
  DoorError,
  type Finding,
  type Got,
  isAbsent,
  known,
  type Need,
  notApplicable,
  registryChildren,
  service,
  UnparsableError,
} from '../../model/index.ts';
import { MODEL_NEEDS, modelOnWindows } from './environment-windows.ts';
import { answered, mostTelling } from './failures.ts';
import { registryValue } from './registry-value.ts';

export interface Tpm {
  readonly present: boolean;
  readonly version?: '1.2' | '2.0';
  /** Whether Windows uses it: switched off in Device Manager, or without a working driver. */
  readonly state?: 'working' | 'disabled' | 'faulty';
}

const SEEN = registryChildren('HKLM\\SYSTEM\\CurrentControlSet\\Enum\\ACPI\\MSFT0101');
const DEVICES = cim('root/cimv2', 'Win32_PnPEntity', { where: "Service='TPM' OR DeviceID LIKE '%MSFT0101%'" });
const DRIVER = service('TPM');
/** For administrators only. */
const CHIP = cim('root/cimv2/Security/MicrosoftTpm', 'Win32_Tpm');

export const TPM_NEEDS: readonly Need[] = [SEEN, DEVICES, DRIVER, CHIP, ...MODEL_NEEDS];

/** Codes of the device manager (CM_PROB_…) for a device that is no longer there. */
const GONE = [24, 45];
const DISABLED = [22, 29];

const texts = (value: unknown): string[] => [value].flat().filter((item): item is string => typeof item === 'string');
const isTpm2 = (row: CimRow): boolean => [row.DeviceID, row.HardwareID, row.CompatibleID].flatMap(texts).some((id) => /\bMSFT0101\b/i.test(id));
const isTpm = (row: CimRow): boolean => isTpm2(row) || texts(row.Service).some((name) => name.toLowerCase() === 'tpm');

function stateOf(row: CimRow): NonNullable<Tpm['state']> | 'gone' {
  const code = row.ConfigManagerErrorCode;
  if (row.Present === false) return 'gone';
  if (typeof code !== 'number') throw new UnparsableError('Win32_PnPEntity tells no state of the TPM');
  if (GONE.includes(code)) return 'gone';
  if (code === 0) return 'working';
  return DISABLED.includes(code) ? 'disabled' : 'faulty';
}

/** The best of the devices that are there; `undefined` where there is none. */
function bestDevice(rows: readonly CimRow[]): Tpm | undefined {
  const chips = rows.filter(isTpm).flatMap((row): Tpm[] => {
    const state = stateOf(row);
    return state === 'gone' ? [] : [{ present: true, version: isTpm2(row) ? '2.0' : '1.2', state }];
  });
  const worth = ({ version, state }: Tpm): number => (version === '2.0' ? 2 : 0) + (state === 'working' ? 1 : 0);
  return chips.sort((a, b) => worth(b) - worth(a))[0];
}

/** `2.0` or `1.2` of a specification like "2.0, 0, 1.38". */
function versionOfChip(rows: readonly CimRow[]): '1.2' | '2.0' | undefined {
  const version = /^(1\.2|2\.0),/.exec(texts(rows[0]?.SpecVersion)[0] ?? '')?.[1];
  return version as '1.2' | '2.0' | undefined;
}

function absent(got: Got, method: string): Finding<Tpm> {
  try {
    if (modelOnWindows(got).hypervisor !== null) return notApplicable('virtual-machine', 'This virtual machine was given no security chip.');
  } catch {
    // A model that is not told is no virtual machine.
  }
  return known({ present: false }, method);
}

export function tpmOnWindows(got: Got): Finding<Tpm> {
  const devices = answered(() => got(DEVICES));
  if (!(devices instanceof DoorError)) {
    const tpm = bestDevice(devices);
    return tpm === undefined ? absent(got, 'Win32_PnPEntity') : known(tpm, 'Win32_PnPEntity');
  }
  const [seen, driver, chip] = [answered(() => got(SEEN)), answered(() => got(DRIVER)), answered(() => got(CHIP))];
  const version = chip instanceof DoorError ? undefined : versionOfChip(chip);
  if (version !== undefined) return known({ present: true, version, state: 'working' }, 'Win32_Tpm');
  const instances = seen instanceof DoorError ? [] : Object.values(seen);
  // The driver runs only where there is a chip for it to drive.
  const driven = !(driver instanceof DoorError) && driver.state === 'running';
  if (instances.length > 0) {
    const disabled = instances.every((key) => !(key instanceof DoorError) && (Number(registryValue(key, 'ConfigFlags') ?? 0) & 1) === 1);
    if (disabled) return known({ present: true, version: '2.0', state: 'disabled' }, 'registry Enum\\ACPI\\MSFT0101');
    if (driven) return known({ present: true, version: '2.0', state: 'working' }, 'registry Enum\\ACPI\\MSFT0101, service TPM');
  }
  const neverSeen = seen instanceof DoorError ? isAbsent(seen) : instances.length === 0;
  if (neverSeen && !(driver instanceof DoorError) && driver.state === 'stopped') return absent(got, 'registry Enum\\ACPI\\MSFT0101, service TPM');
  throw mostTelling([devices, seen, driver].filter((answer) => answer instanceof DoorError));
}
