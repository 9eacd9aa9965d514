/** Whether a TPM 2.0 is there: the chip that can keep keys which nobody can copy. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  fail,
  type Host,
  known,
  notApplicable,
  orAbsent,
  pass,
  registryKey,
  UnparsableError,
  undecided,
} from '../model/index.ts';
import { turnOnTpm } from './remedies/hw-tpm.ts';
import { readEnvironment } from './sources/environment.ts';
import { TPM_NEEDS, tpmOnWindows } from './sources/tpm-windows.ts';

/** `1.2` or `2.0` from what the kernel says of the chip. @throws UnparsableError */
export function parseTpmVersion(major: string): '1.2' | '2.0' {
  const version = { '1': '1.2', '2': '2.0' }[major.trim()];
  if (version !== '1.2' && version !== '2.0') throw new UnparsableError('tpm_version_major is neither 1 nor 2');
  return version;
}

async function readVersion(host: Host, chip: string): Promise<'1.2' | '2.0'> {
  const major = await orAbsent(host.read(`/sys/class/tpm/${chip}/tpm_version_major`));
  if (major !== undefined) return parseTpmVersion(major);
  // Kernels before 5.6 lack the file; only the driver of a 1.2 chip shows `caps`.
  const caps = (await orAbsent(host.read(`/sys/class/tpm/${chip}/device/caps`))) ?? (await orAbsent(host.read(`/sys/class/tpm/${chip}/caps`)));
  if (caps?.includes('TCG version: 1.2')) return '1.2';
  if (/TPM 2\.0/.test((await orAbsent(host.read(`/sys/class/tpm/${chip}/device/description`))) ?? '')) return '2.0';
  throw new UnparsableError(`the kernel does not tell the version of ${chip}`);
}

export default defineCheck({
  id: 'hw.tpm',
  title: 'Security chip (TPM 2.0) is present',
  why: 'A TPM keeps keys that cannot be copied off the device.',
  group: 'hardware',
  owner: 'hardware',
  cost: 'cheap',
  value: Type.Object({
    present: Type.Boolean({ description: 'The system sees a TPM.' }),
    version: Type.Optional(Type.Enum(['1.2', '2.0'], { description: 'Of the TPM specification.' })),
    state: Type.Optional(Type.Enum(['working', 'disabled', 'faulty'], { description: 'Windows: whether the system uses it, by Device Manager.' })),
  }),
  params: Type.Object({}),
  read: {
    linux: async (host) => {
      const chips = await attempt(host.list('/sys/class/tpm'));
      const first = chips instanceof DoorError ? undefined : chips.find((name) => /^tpm\d+$/.test(name));
      if (first !== undefined) return known({ present: true, version: await readVersion(host, first) }, '/sys/class/tpm');
      // No folder is a kernel without TPM support or without a chip; any other failure is a question unanswered.
      if (chips instanceof DoorError && chips.code !== 'ENOENT') throw chips;
      const { container, wsl, hypervisor } = await readEnvironment(host);
      if (wsl) return notApplicable('wsl', 'The security chip belongs to the Windows host.');
      if (container !== null) return notApplicable('container', 'The security chip belongs to the host of the container.');
      if (hypervisor !== null) return notApplicable('virtual-machine', 'This virtual machine was given no security chip.');
      return known({ present: false }, '/sys/class/tpm');
    },
    win32: { needs: TPM_NEEDS, from: tpmOnWindows },
  },
  excuses: { linux: ['container', 'wsl', 'virtual-machine'], win32: ['virtual-machine'] },
  watch: { win32: [registryKey('HKLM\\SYSTEM\\CurrentControlSet\\Enum\\ACPI\\MSFT0101')] },
  judge: ({ present, version, state }) => {
    if (!present) return fail('No security chip is present, or it is switched off in the firmware.');
    if (version === undefined) return undecided('The security chip does not tell its version.');
    if (version !== '2.0') return fail(`The security chip is a TPM ${version}; 2.0 is needed.`);
    if (state === 'disabled') return fail('The TPM 2.0 is switched off in Device Manager.');
    return state === 'faulty' ? fail('The TPM 2.0 does not work: Device Manager shows a problem with it.') : pass('A TPM 2.0 is present.');
  },
  remedy: turnOnTpm,
  controls: ['NIST 800-53 SC-12'],
});
