/**
 * The second source of disk encryption on Linux: `lsblk`, for machines whose sysfs does not answer us. It tells less: every mapping
 * that is named like one of cryptsetup's is `crypt`, those that only verify too, and a btrfs of many devices shows as one.
 */
import { DoorError, type Host, UnparsableError } from '../../model/index.ts';
import { type Volume, volumeOf } from './volumes.ts';

const COLUMNS = 'NAME,KNAME,PATH,TYPE,FSTYPE,MOUNTPOINTS,PKNAME,RM,HOTPLUG';
/** What lies under an encrypting mapping, by the name that udev gives its contents. */
const ENCRYPTED: Readonly<Record<string, string>> = { crypto_LUKS: 'LUKS', BitLocker: 'BITLK' };
/** Layers that pass on what lies below. */
const PASSES_ON = /^(?:disk|part|lvm|mpath|raid\w+|linear)$/;
/** File systems that lie on more devices than the one that is shown. */
const MANY_DEVICES = ['btrfs', 'zfs_member', 'bcachefs'];
const MAX_NODES = 5_000;
const MAX_DEPTH = 20;

interface Node {
  readonly name: string;
  readonly type: string;
  readonly fstype: string | null;
  readonly points: readonly string[];
  readonly children: readonly Node[];
}

function nodeOf(value: unknown, depth: number, budget: { left: number }): Node {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || --budget.left < 0) throw new UnparsableError('lsblk lists what is no device');
  const { kname, name, type, fstype, mountpoints, mountpoint, children } = value as Record<string, unknown>;
  if (typeof type !== 'string') throw new UnparsableError('lsblk lists a device without a type');
  const points = Array.isArray(mountpoints) ? mountpoints : [mountpoint];
  return {
    name: String(kname ?? name).slice(0, 64),
    type,
    fstype: typeof fstype === 'string' ? fstype : null,
    points: points.filter((point): point is string => typeof point === 'string'),
    children: Array.isArray(children) ? children.map((child) => nodeOf(child, depth + 1, budget)) : [],
  };
}

/** Every way from a disk to the device that is mounted at `point`; a device with several parents stands below each of them. */
function waysTo(point: string, nodes: readonly Node[], above: readonly Node[] = []): Node[][] {
  return nodes.flatMap((node) => {
    const way = [...above, node];
    return [...(node.points.includes(point) ? [way] : []), ...waysTo(point, node.children, way)];
  });
}

/** The encryption on a way, null where there is none. @throws DoorError ENOTSUP for a layer that cannot be told apart */
function encryptionOn(way: readonly Node[]): string | null {
  const found = way.flatMap(({ type }, place) => (type === 'crypt' ? [ENCRYPTED[way[place - 1]?.fstype ?? '']] : []));
  const named = found.find((kind) => kind !== undefined);
  if (named !== undefined) return named;
  if (found.length > 0 || !way.every(({ type }) => PASSES_ON.test(type))) throw new DoorError('ENOTSUP', `lsblk: a layer above ${way[0]?.name}`);
  return null;
}

/** The volume at a mount point out of `lsblk -J`. @throws UnparsableError, DoorError */
export function parseLsblk(stdout: string, point: string): Volume {
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    throw new UnparsableError('lsblk prints no JSON');
  }
  const list = (document as { blockdevices?: unknown } | null)?.blockdevices;
  if (!Array.isArray(list)) throw new UnparsableError('lsblk lists no devices');
  const budget = { left: MAX_NODES };
  const ways = waysTo(
    point,
    list.map((value) => nodeOf(value, 0, budget)),
  );
  const mounted = ways[0]?.at(-1);
  if (mounted === undefined) throw new DoorError('ENODATA', `lsblk shows nothing at ${point}`);
  if (mounted.fstype === null || MANY_DEVICES.includes(mounted.fstype)) throw new DoorError('ENOTSUP', `lsblk: all devices of ${point}`);
  const legs = ways.map((way) => ({ device: way[0]?.name ?? '', encryption: encryptionOn(way) }));
  const plain = legs.filter(({ encryption }) => encryption === null).map(({ device }) => device);
  const kinds = legs.flatMap(({ encryption }) => encryption ?? []);
  const volume = volumeOf(point, plain.length > 0 ? 'plain' : 'encrypted', [...new Set(kinds)].sort().join(', '));
  return { ...volume, plain: [...new Set(plain)].sort().slice(0, 50) };
}

export async function readRootByLsblk(host: Host): Promise<Volume> {
  const { stdout, exit } = await host.run('lsblk', ['-J', '-b', '-o', COLUMNS]);
  if (exit !== 0) throw new DoorError('EIO', 'run lsblk');
  return parseLsblk(stdout, '/');
}
