/** Whether the firmware starts only signed systems. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, type Host, type Judgement, known, notApplicable, pass, registryKey, UnparsableError } from '../model/index.ts';
import { turnOnSecureBoot } from './remedies/boot-secure-boot.ts';
import { readEnvironment } from './sources/environment.ts';
import { SECURE_BOOT_NEEDS, secureBootOnWindows } from './sources/secure-boot-windows.ts';
import { readStartupSecurity, STARTUP_POLICIES, type StartupPolicy } from './sources/startup-security-mac.ts';

const EFI = '/sys/firmware/efi';
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const SHIM = '605dab50-e046-4300-abb6-3dd810dd8b23';

/** An efivarfs file: four bytes of attributes, then the value; here one byte, 0 or 1 (UEFI 2.10 section 3.3). @throws UnparsableError */
export function parseEfiFlag(bytes: Uint8Array): boolean {
  const value = bytes[4];
  if (bytes.length !== 5 || (value !== 0 && value !== 1)) throw new UnparsableError(`an EFI flag has five bytes, the last 0 or 1; this has ${bytes.length}`);
  return value === 1;
}

const readFlag = async (host: Host, name: string): Promise<boolean> => parseEfiFlag(await host.readBytes(`${EFI}/efivars/${name}`));

/** A flag that need not exist; whatever else goes wrong with it counts as not set only where `orElse` says so. */
async function optionalFlag(host: Host, name: string): Promise<boolean> {
  const flag = await attempt(readFlag(host, name));
  if (!(flag instanceof DoorError)) return flag;
  if (flag.code === 'ENOENT' || flag.code === 'ENOTRECORDED') return false;
  throw flag;
}

async function absentUefi(host: Host) {
  const { container, wsl, hypervisor } = await readEnvironment(host);
  if (wsl) return notApplicable('wsl', 'Windows starts this system.');
  if (container !== null) return notApplicable('container', 'The host of the container starts this system.');
  if (hypervisor !== null) return notApplicable('virtual-machine', 'This virtual machine starts by legacy BIOS, which has no secure boot.');
  return notApplicable('no-uefi', 'This machine starts by legacy BIOS, which has no secure boot.');
}

async function readEfi(host: Host) {
  const uefi = await attempt(host.stat(EFI));
  if (uefi instanceof DoorError) {
    if (uefi.code === 'ENOENT') return absentUefi(host);
    throw uefi;
  }
  const enabled = await attempt(readFlag(host, `SecureBoot-${GLOBAL}`));
  if (enabled instanceof DoorError) {
    // UEFI without the variable: firmware that knows no secure boot. A folder of variables that is not mounted tells nothing.
    if (enabled.code !== 'ENOENT') throw enabled;
    const { container } = await readEnvironment(host);
    if (container !== null) return notApplicable('container', 'The host of the container starts this system.');
    const variables = await host.list(`${EFI}/efivars`);
    if (variables.length === 0) throw new DoorError('ENODATA', `${EFI}/efivars is not mounted`);
    return known({ enabled: false, setupMode: false, validationOff: false }, 'efivars');
  }
  const [setupMode, validationOff] = await Promise.all([optionalFlag(host, `SetupMode-${GLOBAL}`), optionalFlag(host, `MokSBStateRT-${SHIM}`)]);
  return known({ enabled, setupMode, validationOff }, 'efivars');
}

const POLICY_NAMES: Readonly<Record<StartupPolicy, string>> = {
  full: 'Full Security',
  reduced: 'Reduced Security',
  permissive: 'Permissive Security',
  medium: 'Medium Security',
  none: 'No Security',
};

function judgePolicy(policy: StartupPolicy, acceptReduced: boolean): Judgement {
  const says = `The startup security of this Mac is ${POLICY_NAMES[policy]}`;
  if (policy === 'full' || (acceptReduced && (policy === 'reduced' || policy === 'medium'))) return pass(`${says}.`);
  return fail(`${says}; Full Security is needed.`);
}

export default defineCheck({
  id: 'boot.secure_boot',
  title: 'Secure Boot is on',
  why: 'Without it, a changed system can start before anything can look for it.',
  group: 'hardware',
  owner: 'hardware',
  cost: 'process',
  // Up to four programs on a Mac, one after the other.
  timeoutMs: 12_000,
  value: Type.Object({
    enabled: Type.Boolean({ description: 'The firmware verifies what it starts.' }),
    setupMode: Type.Optional(Type.Boolean({ description: 'Linux: the firmware accepts new keys from anybody, so nothing is enforced.' })),
    validationOff: Type.Optional(Type.Boolean({ description: 'Linux: shim was told not to verify (mokutil --disable-validation).' })),
    policy: Type.Optional(Type.Enum(STARTUP_POLICIES, { description: 'macOS: what Startup Security Utility is set to.' })),
  }),
  params: Type.Object({
    acceptReduced: Type.Boolean({ default: false, description: 'Accept Reduced Security (Apple silicon) and Medium Security (T2) on a Mac.' }),
  }),
  read: {
    linux: readEfi,
    darwin: readStartupSecurity,
    win32: { needs: SECURE_BOOT_NEEDS, from: secureBootOnWindows },
  },
  excuses: { linux: ['container', 'wsl', 'virtual-machine', 'no-uefi'], darwin: ['platform', 'virtual-machine'], win32: ['virtual-machine', 'no-uefi'] },
  watch: {
    // Firmware changes with a restart, and reading its variables costs: nothing to watch.
    win32: [registryKey('HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State')],
  },
  judge: ({ enabled, setupMode, validationOff, policy }, { acceptReduced }) => {
    if (policy !== undefined) return judgePolicy(policy, acceptReduced);
    if (!enabled) return fail(setupMode ? 'Secure Boot is off and the firmware is in setup mode.' : 'Secure Boot is off.');
    if (setupMode) return fail('The firmware is in setup mode, so Secure Boot enforces nothing.');
    return validationOff ? fail('Secure Boot is on, but the boot loader was told not to verify the system (mokutil).') : pass('Secure Boot is on.');
  },
  remedy: turnOnSecureBoot,
  controls: ['NIST 800-53 SI-7'],
});
