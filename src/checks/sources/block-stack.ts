/**
 * What a file system lies on, down to the disks: device mapper, RAID, LVM, bcache, loop files, btrfs, ZFS. From sysfs, never from prose.
 * A drive that encrypts itself (OPAL) says so to root only, by commands: without a layer above it, it counts as plain.
 */
import { attempt, DoorError, type Host, orAbsent, UnparsableError } from '../../model/index.ts';
import { type Mount, mountOf } from './mountinfo.ts';
import { datasetEncryption, poolDevices, volumesEncryption } from './zfs.ts';

/** Where one way down ends: at an encryption layer, or at something plain. */
export interface Leg {
  /** Kernel name of the layer or disk: `dm-0`, `nvme0n1p3`; of the dataset for ZFS. */
  readonly device: string;
  /** `LUKS2`, `LUKS1`, `PLAIN`, `BITLK`, `TCRYPT`, `ZFS`, …, or null where nothing encrypts. */
  readonly encryption: string | null;
  /** Something on the way verifies the content and keeps it from being changed (dm-verity). */
  readonly verified: boolean;
  /** The layer is being written: parts of the disk are not under its key yet. */
  readonly converting?: true;
}

/** The machine, and its mounts: a loop file and a swap file lie on one of them. */
export interface Stack {
  readonly host: Host;
  readonly mounts: readonly Mount[];
}

const MAX_DEPTH = 16;
const ENCRYPTION = ['LUKS1', 'LUKS2', 'PLAIN', 'LOOPAES', 'TCRYPT', 'BITLK', 'FVAULT2'];
/** Layers of the device mapper that pass on what lies below: volumes, paths, partitions, RAID, and what only verifies. */
const PASSES_ON = /^(?:LVM-|mpath-|part\d{1,3}-|DMRAID-|VDO-|stratis-|CRYPT-(?:VERITY|INTEGRITY|SUBDEV)(?:-|\s*$))/;
/** Layers that always have something below; one without was lost on the way. */
const HAS_BELOW = /^(?:dm-|md|bcache)\d/;
/** Disks that lie on another machine, or on a second one too. */
const REMOTE = /^(?:nbd|rbd|drbd)\d/;

/** `LUKS2` of `CRYPT-LUKS2-<uuid>-<name>`; undefined for what does not encrypt, or is not known to. */
export function encryptionOf(dmUuid: string): string | undefined {
  const kind = /^CRYPT-([A-Z0-9]+)(?:-|\s*$)/.exec(dmUuid)?.[1];
  return kind !== undefined && ENCRYPTION.includes(kind) ? kind : undefined;
}

const KERNEL_NAME = /^[A-Za-z0-9!._-]{1,64}$/;
const folderOf = (name: string): string => `/sys/class/block/${name}`;
const slavesOf = async ({ host }: Stack, name: string): Promise<readonly string[]> => (await orAbsent(host.list(`${folderOf(name)}/slaves`))) ?? [];

/** True while `cryptsetup reencrypt` moves a disk under a key: the layer then stands on helpers of its own. */
async function isConverting({ host }: Stack, below: readonly string[]): Promise<boolean> {
  const names = await Promise.all(below.filter((name) => /^dm-\d+$/.test(name)).map((name) => attempt(host.read(`${folderOf(name)}/dm/name`))));
  return names.some((name) => typeof name === 'string' && /-(?:hotzone-\w+|overlay)\s*$/.test(name));
}

/** VeraCrypt gives its mappings a name and no UUID; what it maps is encrypted always. */
const isVeraCrypt = async ({ host }: Stack, name: string): Promise<boolean> =>
  /^(?:vera|true)crypt\d+(?:_\d+)?\s*$/.test((await orAbsent(host.read(`${folderOf(name)}/dm/name`))) ?? '');

/** A disk or a partition with nothing of ours below. */
async function walkLeaf(stack: Stack, name: string, verified: boolean, depth: number): Promise<Leg[]> {
  const { host } = stack;
  if (REMOTE.test(name)) throw new DoorError('ENOTSUP', `stack of ${name}: not a disk of this machine alone`);
  if (/^zd\d/.test(name)) return [{ device: name, encryption: await volumesEncryption(host), verified }];
  if ((await orAbsent(host.read(`${folderOf(name)}/partition`))) !== undefined) {
    // A partition of a RAID, a cached disk or a loop: its disk has the layers.
    const disk = (await host.link(folderOf(name))).split('/').at(-2) ?? '';
    if (/^(?:md|bcache|dm-|loop)\d/.test(disk) || (await slavesOf(stack, disk)).length > 0) return walk(stack, disk, verified, depth + 1);
  }
  if (HAS_BELOW.test(name)) throw new DoorError('ENODATA', `stack of ${name}: what it lies on is not shown`);
  const file = (await orAbsent(host.read(`${folderOf(name)}/loop/backing_file`)))?.replace(/\n$/, '');
  if (file !== undefined) {
    const mount = file.startsWith('/') && !file.endsWith(' (deleted)') ? mountOf(stack.mounts, file) : undefined;
    if (mount === undefined) throw new DoorError('ENOTSUP', `stack of ${name}: a file that is not seen any more`);
    return legsBelow(stack, mount, depth + 1);
  }
  // A name that the kernel does not know is not a plain disk: it is a stack that was lost on the way.
  await host.read(`${folderOf(name)}/dev`);
  return [{ device: name, encryption: null, verified }];
}

/** Every way from a block device down; each must be looked at, since one plain leg of a mirror holds everything in plain. */
export async function walk(stack: Stack, name: string, verified = false, depth = 0): Promise<Leg[]> {
  if (!KERNEL_NAME.test(name) || depth > MAX_DEPTH) throw new UnparsableError(`the stack below ${name.slice(0, 64)} cannot be followed`);
  const dmUuid = await orAbsent(stack.host.read(`${folderOf(name)}/dm/uuid`));
  const encryption = encryptionOf(dmUuid ?? '');
  const below = await slavesOf(stack, name);
  if (encryption !== undefined) return [{ device: name, encryption, verified, ...((await isConverting(stack, below)) ? { converting: true } : {}) }];
  if (dmUuid !== undefined && dmUuid.trim() === '' && (await isVeraCrypt(stack, name))) return [{ device: name, encryption: 'VERACRYPT', verified }];
  const seen = verified || dmUuid?.startsWith('CRYPT-VERITY') === true;
  if (below.length === 0) return walkLeaf(stack, name, seen, depth);
  const legs = (await Promise.all(below.map((lower) => walk(stack, lower, seen, depth + 1)))).flat();
  // A mapping that does not say what it does may encrypt; only root is told.
  if (dmUuid !== undefined && !PASSES_ON.test(dmUuid) && legs.some((leg) => leg.encryption === null))
    throw new DoorError('ENOTSUP', `stack of ${name}: a mapping that does not say what it does`);
  return legs;
}

/** Kernel name of a device node: `dm-0` of `/dev/mapper/x`, `sda2` of `/dev/sda2` and of `/dev/disk/by-id/…`, `cciss!c0d0` of `/dev/cciss/c0d0`. */
export async function kernelName(host: Host, node: string): Promise<string> {
  // Nodes in folders of /dev are links to the ones that the kernel names; those straight in /dev are those.
  if (/^\/dev\/[^/]+$/.test(node)) return node.slice(5);
  const target = await attempt(host.link(node));
  if (typeof target === 'string') return target.split('/').at(-1) ?? '';
  if (target.code !== 'EINVAL' || !node.startsWith('/dev/')) throw target;
  return node.slice(5).replaceAll('/', '!');
}

/** Kernel names of all devices of a btrfs file system. */
export async function btrfsDevices(host: Host, source: string): Promise<readonly string[]> {
  const name = await attempt(kernelName(host, source));
  const ids = (await host.list('/sys/fs/btrfs')).filter((entry) => /^[0-9a-f-]{36}$/.test(entry));
  const lists = (await Promise.all(ids.map((id) => attempt(host.list(`/sys/fs/btrfs/${id}/devices`))))).filter((list) => Array.isArray(list));
  const own = lists.find((list) => typeof name === 'string' && list.includes(name));
  if (own !== undefined && own.length > 0) return own;
  // Some systems name their root `/dev/root`, which nothing is called.
  if (source === '/dev/root' && ids.length === 1 && lists[0] !== undefined && lists[0].length > 0) return lists[0];
  throw name instanceof DoorError ? name : new DoorError('ENODATA', `stack of btrfs on ${name}`);
}

async function zfsLegs(stack: Stack, dataset: string): Promise<Leg[]> {
  const { host } = stack;
  if ((await datasetEncryption(host, dataset)) !== 'off') return [{ device: dataset.slice(0, 64), encryption: 'ZFS', verified: false }];
  const nodes = await poolDevices(host, dataset.split('/')[0] ?? '');
  const names = await Promise.all(nodes.map((node) => kernelName(host, node)));
  return (await Promise.all(names.map((name) => walk(stack, name)))).flat();
}

/** Kernel names of the block devices that a mount lies on itself. @throws DoorError ENOTSUP for file systems without a disk of this machine. */
export async function devicesOf({ host }: Stack, mount: Mount): Promise<readonly string[]> {
  if (!mount.device.startsWith('0:')) return [(await host.link(`/sys/dev/block/${mount.device}`)).split('/').at(-1) ?? ''];
  if (mount.type === 'btrfs') return btrfsDevices(host, mount.source);
  // Its own encryption shows nowhere in sysfs (bcachefs), or it is a folder of another file system (overlay), or of another machine.
  throw new DoorError('ENOTSUP', `stack of ${mount.type} at ${mount.point}`);
}

/** The legs below a mount. @throws DoorError ENOTSUP for file systems without a disk of this machine. */
export async function legsBelow(stack: Stack, mount: Mount, depth = 0): Promise<Leg[]> {
  if (mount.type === 'zfs') return zfsLegs(stack, mount.source);
  return (await Promise.all((await devicesOf(stack, mount)).map((name) => walk(stack, name, false, depth)))).flat();
}
