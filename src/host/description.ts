/** Describes the device for people and inventory: model, system, a salted hash as a hint. Never its identity, never a verdict. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { arch, release } from 'node:os';
import process from 'node:process';
import type { DeviceDescription } from '../model/index.ts';
import { readText } from './files.ts';

const TIMEOUT_MS = 5_000;
const PLACEHOLDERS = /^(to be filled by o\.?e\.?m\.?|default string|system (manufacturer|product name|serial number)|none|not specified|unknown|-|0)?$/i;
const MOST = { manufacturer: 200, model: 200, os: 200, osVersion: 100, kernel: 100, arch: 20, serialNumber: 100 } as const;

type Raw = { readonly [Name in keyof typeof MOST]: string | undefined };

const within = <T>(work: Promise<T>): Promise<T | undefined> =>
  Promise.race([work.catch(() => undefined), new Promise<undefined>((resolve) => setTimeout(resolve, TIMEOUT_MS, undefined).unref())]);

const clean = (text: string | undefined, length: number): string | undefined => {
  const trimmed = text?.replaceAll('\0', '').trim().slice(0, length);
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

/** The first of these files that says something. */
async function firstOf(...files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = clean(await readText(file).catch(() => undefined), 1000);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** From files: an agent that joins by itself would keep the library below in its memory until it is restarted (6 MB, seen). */
export async function readLinux(serialNumber: boolean, root = ''): Promise<Raw> {
  const [dmi, tree] = [`${root}/sys/class/dmi/id`, `${root}/sys/firmware/devicetree/base`];
  const [manufacturer, model, serial, system = ''] = await Promise.all([
    firstOf(`${dmi}/sys_vendor`),
    firstOf(`${dmi}/product_name`, `${tree}/model`),
    serialNumber ? firstOf(`${dmi}/product_serial`, `${tree}/serial-number`) : undefined,
    readText(`${root}/etc/os-release`).catch(() => undefined),
  ]);
  const field = (name: string): string | undefined => new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(system)?.[1];
  return { manufacturer, model, os: field('NAME'), osVersion: field('VERSION_ID'), kernel: release(), arch: arch(), serialNumber: serial };
}

async function readElsewhere(serialNumber: boolean): Promise<Raw> {
  const { default: information } = await import('systeminformation');
  const [system, os] = await Promise.all([within(information.system()), within(information.osInfo())]);
  return {
    ...{ manufacturer: system?.manufacturer, model: system?.model, os: os?.distro, osVersion: os?.release, kernel: os?.kernel, arch: os?.arch },
    serialNumber: serialNumber ? system?.serial : undefined,
  };
}

/** Nothing of it is loaded before it is asked for. `serialNumber`: also that, which is sent only where managed configuration asks for it by name. */
export async function describeDevice(salt: string, { serialNumber } = { serialNumber: false }): Promise<DeviceDescription> {
  const [raw, machineHash] = await Promise.all([
    process.platform === 'linux' ? readLinux(serialNumber) : readElsewhere(serialNumber),
    within(hashMachineId(salt)),
  ]);
  const names = Object.keys(MOST) as (keyof typeof MOST)[];
  const description = { ...Object.fromEntries(names.map((name) => [name, clean(raw[name], MOST[name])])), machineHash };
  return Object.fromEntries(Object.entries(description).filter(([, value]) => value !== undefined));
}
