/** Health of the built-in disks of a Windows machine: Storage Management, or the older class of WMI. */
import { type CimRow, cim, DoorError, type Got, type Need, type NeedResults, registry } from '../../model/index.ts';
import type { DiskReport } from './disk-report.ts';
import { classifyEnvironment } from './environment.ts';
import { EXTERNAL_BUSES } from './windows-volumes.ts';

const PHYSICAL = cim('root/Microsoft/Windows/Storage', 'MSFT_PhysicalDisk');
const DRIVES = cim('root/cimv2', 'Win32_DiskDrive');
const FIRMWARE = registry('HKLM\\HARDWARE\\DESCRIPTION\\System\\BIOS');
const COMPUTER = cim('root/cimv2', 'Win32_ComputerSystem');
export const DISK_HEALTH_NEEDS = [PHYSICAL, DRIVES, FIRMWARE, COMPUTER] as const;

/** HealthStatus of MSFT_PhysicalDisk, as number and as the name that cmdlets give it. */
const HEALTH: Readonly<Record<string, DiskReport['health']>> = {
  ...{ 0: 'healthy', 1: 'warning', 2: 'failing', Healthy: 'healthy', Warning: 'warning', Unhealthy: 'failing' },
};
/** Status of Win32_DiskDrive: words of WMI, in no language. */
const STATUS: Readonly<Record<string, DiskReport['health']>> = {
  OK: 'healthy',
  Degraded: 'warning',
  Stressed: 'warning',
  'Pred Fail': 'failing',
  Error: 'failing',
  NonRecover: 'failing',
};

const nameOf = (row: CimRow, name: string): string => {
  const value = row[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 80) : 'A disk';
};
const wordOf = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? String(value) : '');

function asked<N extends Need>(got: Got, need: N): NeedResults[N['door']] | DoorError {
  try {
    return got(need);
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
}

/** By the names that firmware gives a machine; HypervisorPresent is true on metal with virtualisation-based security, too. */
function isVirtual(got: Got): boolean {
  const [firmware, computer] = [asked(got, FIRMWARE), asked(got, COMPUTER)];
  const row = computer instanceof DoorError ? undefined : computer[0];
  const values = firmware instanceof DoorError ? {} : firmware.values;
  const names = [
    [row?.Manufacturer, row?.Model],
    [values.SystemManufacturer, values.SystemProductName],
  ];
  return names.some(([vendor, product]) => classifyEnvironment({ vendor: wordOf(vendor), product: wordOf(product), env: {} }).hypervisor !== null);
}

export function readDisksByCim(got: Got): { readonly virtual: boolean; readonly disks: readonly DiskReport[]; readonly method: string } {
  if (isVirtual(got)) return { virtual: true, disks: [], method: '' };
  const physical = asked(got, PHYSICAL);
  const built = physical instanceof DoorError ? [] : physical.filter(({ BusType }) => !EXTERNAL_BUSES.includes(BusType));
  const disks = built.map((row) => ({ name: nameOf(row, 'FriendlyName'), health: HEALTH[wordOf(row.HealthStatus)] ?? ('unknown' as const) }));
  if (disks.some(({ health }) => health !== 'unknown')) return { virtual: false, disks, method: 'MSFT_PhysicalDisk' };
  const drives = asked(got, DRIVES);
  if (drives instanceof DoorError) {
    if (physical instanceof DoorError) throw physical;
    return { virtual: false, disks, method: 'MSFT_PhysicalDisk' };
  }
  const fixed = drives.filter(({ InterfaceType, MediaType }) => InterfaceType !== 'USB' && InterfaceType !== '1394' && !/^removable/i.test(wordOf(MediaType)));
  return {
    virtual: false,
    disks: fixed.map((row) => ({ name: nameOf(row, 'Model'), health: STATUS[wordOf(row.Status)] ?? ('unknown' as const) })),
    method: 'Win32_DiskDrive',
  };
}
