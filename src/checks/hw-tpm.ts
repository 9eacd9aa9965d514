/** Whether a TPM 2.0 is there: the chip that can keep keys which nobody can copy. */
import { Type } from 'typebox';
import { attempt, DoorError, defineCheck, fail, type Host, known, notApplicable, orAbsent, pass, UnparsableError } from '../model/index.ts';
import { readEnvironment } from './sources/environment.ts';

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
  value: Type.Object({ present: Type.Boolean(), version: Type.Optional(Type.Enum(['1.2', '2.0'])) }),
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
  },
  excuses: { linux: ['container', 'wsl', 'virtual-machine'] },
  judge: ({ present, version }) => {
    if (!present) return fail('No security chip is present, or it is switched off in the firmware.');
    return version === '2.0' ? pass('A TPM 2.0 is present.') : fail(`The security chip is a TPM ${version}; 2.0 is needed.`);
  },
  remedy: () => ({
    steps: [
      'Restart and open the firmware settings (often F2 or Del while starting).',
      'Under Security, switch on the TPM (also called fTPM, PTT or Security Device).',
      'If there is none, the device cannot have one: talk to your administrator.',
    ],
  }),
  controls: ['NIST 800-53 SC-12'],
});
