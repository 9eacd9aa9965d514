/** What a file system lies on, down to the disks: device mapper, RAID, LVM, btrfs, ZFS. From sysfs, never from prose. */
import { attempt, DoorError, type Host, orAbsent, UnparsableError } from '../../model/index.ts';
import type { Mount } from './mountinfo.ts';

/** Where one way down ends: at an encryption layer, or at something plain. */
export interface Leg {
  /** Kernel name of the layer or disk: `dm-0`, `nvme0n1p3`; of the dataset for ZFS. */
  readonly device: string;
  /** `LUKS2`, `LUKS1`, `PLAIN`, `BITLK`, `TCRYPT`, `ZFS`, …, or null where nothing encrypts. */
  readonly encryption: string | null;
  /** Something on the way verifies the content and keeps it from being changed (dm-verity). */
  readonly verified: boolean;
}

const MAX_DEPTH = 16;
/** CRYPT- names of the device mapper that are not encryption, or only a part of one. */
const NOT_ENCRYPTION = ['VERITY', 'INTEGRITY', 'SUBDEV'];

/** `LUKS2` of `CRYPT-LUKS2-<uuid>-<name>`; undefined for what does not encrypt. */
export function encryptionOf(dmUuid: string): string | undefined {
  const kind = /^CRYPT-([A-Z0-9]+)(?:-|\s*$)/.exec(dmUuid)?.[1];
  return kind === undefined || NOT_ENCRYPTION.includes(kind) ? undefined : kind;
}

const KERNEL_NAME = /^[A-Za-z0-9!._-]{1,64}$/;

/** Every way from a block device down; each must be looked at, since one plain leg of a mirror holds everything in plain. */
async function walk(host: Host, name: string, verified: boolean, depth: number): Promise<Leg[]> {
  if (!KERNEL_NAME.test(name) || depth > MAX_DEPTH) throw new UnparsableError(`the stack below ${name.slice(0, 64)} cannot be followed`);
  const folder = `/sys/class/block/${name}`;
  const dmUuid = await orAbsent(host.read(`${folder}/dm/uuid`));
  const encryption = encryptionOf(dmUuid ?? '');
  if (encryption !== undefined) return [{ device: name, encryption, verified }];
  const below = (await orAbsent(host.list(`${folder}/slaves`))) ?? [];
  const seen = verified || dmUuid?.startsWith('CRYPT-VERITY') === true;
  if (below.length > 0) return (await Promise.all(below.map((lower) => walk(host, lower, seen, depth + 1)))).flat();
  if ((await orAbsent(host.read(`${folder}/partition`))) !== undefined) {
    // A partition of a RAID or of a mapped disk: its disk has the layers.
    const disk = (await host.link(folder)).split('/').at(-2) ?? '';
    const lower = (await orAbsent(host.list(`/sys/class/block/${disk}/slaves`))) ?? [];
    if (lower.length > 0) return walk(host, disk, seen, depth + 1);
  }
  if ((await orAbsent(host.read(`${folder}/loop/backing_file`))) !== undefined)
    throw new DoorError('ENOTSUP', `stack of ${name}: a file on another file system`);
  // A name that the kernel does not know is not a plain disk: it is a stack that was lost on the way.
  await host.read(`${folder}/dev`);
  return [{ device: name, encryption: null, verified: seen }];
}

/** Kernel name of a device node: `dm-0` of `/dev/mapper/x`, `sda2` of `/dev/sda2` and of `/dev/disk/by-id/…`. */
async function kernelName(host: Host, node: string): Promise<string> {
  // Nodes in folders of /dev are links to the ones that the kernel names; those straight in /dev are those.
  const target = /^\/dev\/[^/]+$/.test(node) ? node : await host.link(node);
  return target.split('/').at(-1) ?? '';
}

async function btrfsLegs(host: Host, source: string): Promise<Leg[]> {
  const name = await kernelName(host, source);
  for (const id of (await host.list('/sys/fs/btrfs')).filter((entry) => /^[0-9a-f-]{36}$/.test(entry))) {
    const devices = await attempt(host.list(`/sys/fs/btrfs/${id}/devices`));
    if (devices instanceof DoorError || !devices.includes(name)) continue;
    return (await Promise.all(devices.map((device) => walk(host, device, false, 0)))).flat();
  }
  throw new DoorError('ENODATA', `stack of btrfs on ${name}`);
}

/** Device nodes in `zpool status -P`: the rows below NAME that are paths. @throws UnparsableError */
export function parsePoolDevices(stdout: string): string[] {
  const table = /(?:^|\n)\s*NAME\s+STATE[^\n]*\n([\s\S]*?)(?:\n\s*\n|$)/.exec(stdout)?.[1];
  // Log and cache devices count like the others: they hold copies of what is written.
  const nodes = [...(table ?? '').matchAll(/^\s+(\/dev\/\S+)\s/gm)].map(([, node = '']) => node);
  if (nodes.length === 0) throw new UnparsableError('zpool status shows no device');
  return nodes;
}

async function zfsLegs(host: Host, dataset: string): Promise<Leg[]> {
  const { stdout, exit } = await host.run('zfs', ['get', '-H', '-o', 'value', 'encryption', dataset]);
  const value = stdout.trim();
  if (exit !== 0 || !/^(off|on|aes-\d{3}-(?:ccm|gcm))$/.test(value)) throw new UnparsableError(`zfs does not tell the encryption of ${dataset}`);
  if (value !== 'off') return [{ device: dataset, encryption: 'ZFS', verified: false }];
  const pool = await host.run('zpool', ['status', '-P', dataset.split('/')[0] ?? '']);
  const nodes = await Promise.all(parsePoolDevices(pool.stdout).map((node) => kernelName(host, node)));
  return (await Promise.all(nodes.map((name) => walk(host, name, false, 0)))).flat();
}

/** The legs below a mount. @throws DoorError ENOTSUP for file systems without a disk of this machine. */
export async function legsBelow(host: Host, mount: Mount): Promise<Leg[]> {
  if (!mount.device.startsWith('0:')) return walk(host, (await host.link(`/sys/dev/block/${mount.device}`)).split('/').at(-1) ?? '', false, 0);
  if (mount.type === 'btrfs') return btrfsLegs(host, mount.source);
  if (mount.type === 'zfs') return zfsLegs(host, mount.source);
  throw new DoorError('ENOTSUP', `stack of ${mount.type} at ${mount.point}`);
}
