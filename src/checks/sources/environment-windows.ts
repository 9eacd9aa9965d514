/** What machine Windows runs on, by the names that its firmware gives it. A hypervisor below is no sign: Windows on the metal runs on its own (VBS). */
import { type CimRow, cim, DoorError, type Got, type Need, type RegistryKey, registry, UnparsableError } from '../../model/index.ts';
import { hypervisorOfModel } from './environment.ts';
import { mostTelling } from './failures.ts';
import { registryValue } from './registry-value.ts';

const BIOS = registry('HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS');
const INFORMATION = registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\SystemInformation');
const COMPUTER = cim('root/cimv2', 'Win32_ComputerSystem');

/** What a check needs that asks `modelOnWindows`. */
export const MODEL_NEEDS: readonly Need[] = [BIOS, INFORMATION, COMPUTER];

interface Model {
  readonly hypervisor: string | null;
  readonly method: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
const namesInKey = (key: RegistryKey): [string, string] => [text(registryValue(key, 'SystemManufacturer')), text(registryValue(key, 'SystemProductName'))];
const namesInRow = (row: CimRow | undefined): [string, string] => [text(row?.Manufacturer), text(row?.Model)];

/** Sources that tell the model, the cheapest first. */
const SOURCES: readonly (readonly [method: string, names: (got: Got) => [vendor: string, product: string]])[] = [
  ['registry HARDWARE\\DESCRIPTION\\System\\BIOS', (got) => namesInKey(got(BIOS))],
  ['registry Control\\SystemInformation', (got) => namesInKey(got(INFORMATION))],
  ['Win32_ComputerSystem', (got) => namesInRow(got(COMPUTER)[0])],
];

/** @throws DoorError, UnparsableError where no source names a model. */
export function modelOnWindows(got: Got): Model {
  const failures: unknown[] = [];
  for (const [method, names] of SOURCES) {
    try {
      const [vendor, product] = names(got);
      if (vendor !== '' && product !== '') return { hypervisor: hypervisorOfModel(vendor, product), method };
      failures.push(new UnparsableError(`${method} names no manufacturer and model`));
    } catch (error) {
      if (!(error instanceof DoorError)) throw error;
      failures.push(error);
    }
  }
  throw mostTelling(failures);
}
