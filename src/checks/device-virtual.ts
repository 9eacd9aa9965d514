/** Whether the device is a virtual machine, a container or WSL. Information: policies decide what it means. */
import { Type } from 'typebox';
import { defineCheck, known, pass } from '../model/index.ts';
import { readEnvironment } from './sources/environment.ts';

export default defineCheck({
  id: 'device.virtual',
  title: 'Where the system runs is known',
  why: 'A container or a virtual machine shares its disk, firewall and firmware with a host that is not looked at.',
  group: 'device',
  owner: 'admin',
  cost: 'cheap',
  value: Type.Object({
    container: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
    wsl: Type.Boolean(),
    hypervisor: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
  }),
  params: Type.Object({}),
  read: { linux: async (host) => known({ ...(await readEnvironment(host)) }, '/proc, DMI') },
  judge: ({ container, wsl, hypervisor }) => {
    if (wsl) return pass('Runs under WSL, on a Windows host.');
    if (container !== null) return pass(`Runs in a container (${container}).`);
    return pass(hypervisor === null ? 'Runs on a physical machine.' : `Runs in a virtual machine (${hypervisor}).`);
  },
  remedy: () => ({ steps: ['Nothing to do: this only describes the device.'] }),
  controls: ['NIST 800-53 CM-8'],
});
