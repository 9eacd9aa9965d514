/** What udisks2 has read from the disks: S.M.A.R.T. of ATA disks, warnings of NVMe ones. Everybody may ask it; smartctl wants root. */
import { DoorError, type Host, UnparsableError } from '../../model/index.ts';
import type { DiskReport } from './disk-report.ts';

/** A daemon that sleeps is not woken for this. */
const QUESTION = [
  ...['--system', '--json=short', '--auto-start=no', 'call', 'org.freedesktop.UDisks2', '/org/freedesktop/UDisks2'],
  ...['org.freedesktop.DBus.ObjectManager', 'GetManagedObjects'],
] as const;
const NAME = 'org.freedesktop.UDisks2';

type Dict = Readonly<Record<string, unknown>>;
const dictOf = (value: unknown): Dict => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Dict) : {});
/** The value of a D-Bus variant as busctl prints it: `{"type": "b", "data": false}`. */
const propertyOf = (properties: Dict, name: string): unknown => dictOf(properties[name]).data;

/** A status that was never updated says nothing, whatever it says. */
function healthOf(ata: Dict, nvme: Dict): DiskReport['health'] {
  const isRead = (properties: Dict): boolean => Number(propertyOf(properties, 'SmartUpdated')) > 0;
  const failing = propertyOf(ata, 'SmartFailing');
  if (isRead(ata) && typeof failing === 'boolean') return failing ? 'failing' : 'healthy';
  const warnings = propertyOf(nvme, 'SmartCriticalWarning');
  if (isRead(nvme) && Array.isArray(warnings)) return warnings.length > 0 ? 'failing' : 'healthy';
  return 'unknown';
}

/** Built-in disks out of GetManagedObjects. @throws UnparsableError */
export function parseUdisks(stdout: string): DiskReport[] {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    throw new UnparsableError('busctl prints no JSON');
  }
  const { data } = dictOf(document);
  if (!Array.isArray(data) || data.length !== 1) throw new UnparsableError('busctl does not print the objects of udisks2');
  const drives = Object.values(dictOf(data[0]))
    .map(dictOf)
    .filter((object) => `${NAME}.Drive` in object);
  return drives.flatMap((object) => {
    const drive = dictOf(object[`${NAME}.Drive`]);
    const [media, bus, model] = ['MediaRemovable', 'ConnectionBus', 'Model'].map((name) => propertyOf(drive, name));
    if (media === true || propertyOf(drive, 'Removable') === true || bus === 'usb' || bus === 'ieee1394' || bus === 'sdio') return [];
    const name = typeof model === 'string' && model.trim() !== '' ? model.trim().slice(0, 80) : 'A disk';
    return [{ name, health: healthOf(dictOf(object[`${NAME}.Drive.Ata`]), dictOf(object[`${NAME}.NVMe.Controller`])) }];
  });
}

export async function readDisksByUdisks(host: Host): Promise<DiskReport[]> {
  const { stdout, stderr, exit } = await host.run('busctl', QUESTION);
  if (exit === 0) return parseUdisks(stdout);
  const door = 'run busctl call org.freedesktop.UDisks2';
  throw new DoorError(/access denied|permission denied/i.test(stderr) ? 'EACCES' : 'ENOSYSTEMD', door);
}
