/** What describes a device to its inventory: from files on Linux, and the serial number only when it is asked for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readLinux } from '../../src/host/description.ts';
import { describeDevice } from '../../src/host/index.ts';
import { temporaryFolder } from '../cli/stance.ts';

function machine(files: Readonly<Record<string, string>>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

test('a laptop: maker, model, system; its serial number when it is asked for', async () => {
  const laptop = machine({
    'sys/class/dmi/id/sys_vendor': 'Example Computers\n',
    'sys/class/dmi/id/product_name': 'Laptop 14\n',
    'sys/class/dmi/id/product_serial': 'PF-4711\n',
    'etc/os-release': 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\n',
  });
  const known = { manufacturer: 'Example Computers', model: 'Laptop 14', os: 'Ubuntu', osVersion: '24.04' };
  expect(await readLinux(false, laptop)).toMatchObject({ ...known, serialNumber: undefined });
  expect(await readLinux(true, laptop)).toMatchObject({ ...known, serialNumber: 'PF-4711' });
});

test('a board without DMI says its model; what nobody filled in says nothing', async () => {
  const board = machine({ 'sys/firmware/devicetree/base/model': 'Raspberry Pi 5\0', 'sys/firmware/devicetree/base/serial-number': '10000000abcdef01\0' });
  expect(await readLinux(true, board)).toMatchObject({ manufacturer: undefined, model: 'Raspberry Pi 5', serialNumber: '10000000abcdef01', os: undefined });
  const blank = machine({ 'sys/class/dmi/id/product_name': 'System Product Name\n', 'sys/class/dmi/id/product_serial': 'To be filled by O.E.M.\n' });
  expect(await readLinux(true, blank)).toMatchObject({ model: undefined, serialNumber: undefined });
});

test('this machine is described without a serial number unless it is asked for', async () => {
  expect(await describeDevice('salt')).not.toHaveProperty('serialNumber');
});
