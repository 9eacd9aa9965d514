/** Describes the device for people and inventory: model, system, a salted hash as a hint. Never its identity, never a verdict. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { DeviceDescription } from '../model/index.ts';

const TIMEOUT_MS = 5_000;
const PLACEHOLDERS = /^(to be filled by o\.?e\.?m\.?|default string|system (manufacturer|product name)|none|not specified|unknown|-|0)?$/i;

const within = <T>(work: Promise<T>): Promise<T | undefined> =>
  Promise.race([work.catch(() => undefined), new Promise<undefined>((resolve) => setTimeout(resolve, TIMEOUT_MS, undefined).unref())]);

const clean = (text: string | undefined, length: number): string | undefined => {
  const trimmed = text?.trim().slice(0, length);
  return trimmed === undefined || PLACEHOLDERS.test(trimmed) ? undefined : trimmed;
};

/**
 * SHA-256 of salt and machine id, base64url; `undefined` where there is no machine id.
 * node-machine-id falls back to the host name on Linux, which changes and names the device: so its file must be there.
 */
async function hashMachineId(salt: string): Promise<string | undefined> {
  if (process.platform === 'linux' && !['/etc/machine-id', '/var/lib/dbus/machine-id'].some((file) => existsSync(file))) return undefined;
  const { default: machineIds } = await import('node-machine-id');
  const id = await machineIds.machineId(true);
  return id === '' ? undefined : createHash('sha256').update(salt).update('\0').update(id).digest('base64url');
}

/**
 * Costs some processes and tens of milliseconds; nothing of it is loaded before it is asked for. `serialNumber`: also that, which
 * is sent only where managed configuration asks for it by name.
 */
export async function describeDevice(salt: string, { serialNumber } = { serialNumber: false }): Promise<DeviceDescription> {
  const { default: information } = await import('systeminformation');
  const [system, os, machineHash] = await Promise.all([within(information.system()), within(information.osInfo()), within(hashMachineId(salt))]);
  const description = {
    manufacturer: clean(system?.manufacturer, 200),
    model: clean(system?.model, 200),
    os: clean(os?.distro, 200),
    osVersion: clean(os?.release, 100),
    kernel: clean(os?.kernel, 100),
    arch: clean(os?.arch, 20),
    machineHash,
    serialNumber: serialNumber ? clean(system?.serial, 100) : undefined,
  };
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined));
}
