/** What machine Windows runs on, by the names that its firmware gives it. A hypervisor below is no sign: Windows on the metal runs on its own (VBS). */
import { type CimRow, cim, DoorError, type Got, type Need, type RegistryKey, registry, UnparsableError } from '../../model/index.ts';
import { hypervisorOfModel } from './environment.ts';
import { answered, mostTelling } from './failures.ts';
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

/** @throws DoorError where no source names a model. */
export function modelOnWindows(got: Got): Model {
  const failures: DoorError[] = [];
  for (const [method, names] of SOURCES) {
    const model = answered(() => {
      const [vendor, product] = names(got);
      if (vendor === '' || product === '') throw new UnparsableError(`${method} names no manufacturer and model`);
      return { hypervisor: hypervisorOfModel(vendor, product), method };
    });
    if (!(model instanceof DoorError)) return model;
    failures.push(model);
  }
  throw mostTelling(failures);
}
