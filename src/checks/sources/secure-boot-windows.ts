/** Secure Boot as Windows writes it down at each start: `Control\SecureBoot\State`, which everybody may read. */
import { type Finding, type Got, isAbsent, known, type Need, notApplicable, registry, UnparsableError } from '../../model/index.ts';
import { MODEL_NEEDS, modelOnWindows } from './environment-windows.ts';
import { registryNumber } from './registry-value.ts';

const STATE = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State');
const CONTROL = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control');
/** Values of `PEFirmwareType`. */
const LEGACY_BIOS = 1;
const UEFI = 2;

export const SECURE_BOOT_NEEDS: readonly Need[] = [STATE, CONTROL, ...MODEL_NEEDS];

/** In a virtual machine as far as the model tells; one that cannot be asked does not change that there is nothing to look for. */
function isVirtual(got: Got): boolean {
  try {
    return modelOnWindows(got).hypervisor !== null;
  } catch {
    return false;
  }
}

/** The key is absent: by what firmware the machine was started tells why. */
function withoutState(got: Got): Finding<{ readonly enabled: boolean }> {
  const firmware = registryNumber(got(CONTROL), 'PEFirmwareType');
  if (firmware === UEFI) return known({ enabled: false }, 'registry PEFirmwareType');
  // Windows writes the key at every start by UEFI; older ones do not write the type of the firmware.
  if (firmware !== LEGACY_BIOS && firmware !== undefined) throw new UnparsableError('PEFirmwareType is neither 1 nor 2');
  return isVirtual(got)
    ? notApplicable('virtual-machine', 'This virtual machine starts by legacy BIOS, which has no secure boot.')
    : notApplicable('no-uefi', 'This machine starts by legacy BIOS, which has no secure boot.');
}

export function secureBootOnWindows(got: Got): Finding<{ readonly enabled: boolean }> {
  let enabled: number | undefined;
  try {
    enabled = registryNumber(got(STATE), 'UEFISecureBootEnabled');
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return withoutState(got);
  }
  if (enabled !== 0 && enabled !== 1) throw new UnparsableError('UEFISecureBootEnabled is neither 0 nor 1');
  return known({ enabled: enabled === 1 }, 'registry UEFISecureBootEnabled');
}
