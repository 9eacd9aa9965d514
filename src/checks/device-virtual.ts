/** Whether the device is a virtual machine, a container or WSL. Information: policies decide what it means. */
import { Type } from 'typebox';
import { defineCheck, known, pass } from '../model/index.ts';
import { describesOnly } from './remedies/device-virtual.ts';
import { readEnvironment } from './sources/environment.ts';
import { readHypervisorOnMac } from './sources/environment-mac.ts';
import { MODEL_NEEDS, modelOnWindows } from './sources/environment-windows.ts';

export default defineCheck({
  id: 'device.virtual',
  title: 'Where the system runs is known',
  why: 'A container or a virtual machine shares its disk, firewall and firmware with a host that is not looked at.',
  group: 'device',
  owner: 'admin',
  cost: 'process',
  value: Type.Object({
    container: Type.Union([Type.String({ maxLength: 64 }), Type.Null()], { description: 'Kind of container, or null outside of one.' }),
    wsl: Type.Boolean({ description: 'Windows Subsystem for Linux.' }),
    hypervisor: Type.Union([Type.String({ maxLength: 64 }), Type.Null()], { description: 'Whose virtual machine it is, or null on a physical machine.' }),
  }),
  params: Type.Object({}),
  read: {
    linux: async (host) => known({ ...(await readEnvironment(host)) }, '/proc, DMI'),
    darwin: async (host) => known({ container: null, wsl: false, hypervisor: await readHypervisorOnMac(host) }, 'sysctl kern.hv_vmm_present'),
    win32: {
      needs: MODEL_NEEDS,
      from: (got) => {
        const { hypervisor, method } = modelOnWindows(got);
        return known({ container: null, wsl: false, hypervisor }, method);
      },
    },
  },
  judge: ({ container, wsl, hypervisor }) => {
    if (wsl) return pass('Runs under WSL, on a Windows host.');
    if (container !== null) return pass(`Runs in a container (${container}).`);
    return pass(hypervisor === null ? 'Runs on a physical machine.' : `Runs in a virtual machine (${hypervisor}).`);
  },
  remedy: describesOnly,
  controls: ['NIST 800-53 CM-8 (unverified)'],
});
