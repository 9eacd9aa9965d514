/** Which file systems of a Linux machine hold the system and the data, and what they lie on. */
import { DoorError, type Host, type NotApplicableReason, notApplicable, orAbsent } from '../../model/index.ts';
import { devicesOf, type Leg, legsBelow, type Stack } from './block-stack.ts';
import { readEnvironment } from './environment.ts';
import { answerOf, isUnrecorded } from './failures.ts';
import { fileSystemOf, inMemory, type Mount, mountOf, parseMountinfo } from './mountinfo.ts';
import { tried, type Volume, volumeOnLegs } from './volumes.ts';

export const readStack = async (host: Host): Promise<Stack> => ({ host, mounts: parseMountinfo(await host.read('/proc/self/mountinfo')) });

/** Disks that belong to somebody else: the host of a container, Windows. */
export async function borrowedDisk(host: Host): Promise<ReturnType<typeof notApplicable> | undefined> {
  const environment = await answerOf(readEnvironment(host));
  if (environment instanceof DoorError) {
    if (isUnrecorded(environment)) return undefined;
    throw environment;
  }
  const reason: NotApplicableReason | undefined = environment.wsl ? 'wsl' : environment.container !== null ? 'container' : undefined;
  if (reason === undefined) return undefined;
  return notApplicable(reason, reason === 'wsl' ? 'The disk belongs to the Windows host.' : 'The disk belongs to the host of the container.');
}

/** Images that are only read, and what starts the system: nothing of the person's lies there. */
const IMAGES = ['squashfs', 'erofs', 'iso9660', 'udf'];
const STARTS = /^\/(?:boot|efi|esp|recovery)(?:\/|$)/;
/** File systems that encrypt file by file on top of another one: names, sizes and everything else still lie in plain. */
const FILE_LEVEL = /^(?:ecryptfs|fuse\.(?:gocryptfs|encfs|cryfs|securefs))$/;

const onDisk = (mount: Mount): boolean => !mount.device.startsWith('0:') || ['btrfs', 'zfs', 'bcachefs'].includes(mount.type);
/** Snapshots of ZFS are mounted when somebody looks into them; their dataset stands for them. */
const holdsData = (mount: Mount): boolean => onDisk(mount) && !IMAGES.includes(mount.type) && !STARTS.test(mount.point) && !mount.source.includes('@');
/** One mount for each file system, the shortest point first: bind mounts and subvolumes are the same. */
function onePerFileSystem(mounts: readonly Mount[]): Mount[] {
  const sorted = mounts.toSorted((a, b) => a.point.length - b.point.length || (a.point < b.point ? -1 : 1));
  return [...new Map(sorted.toReversed().map((mount) => [fileSystemOf(mount), mount])).values()].reverse();
}
const isSame = (a: Mount | undefined, b: Mount): boolean => a !== undefined && fileSystemOf(a) === fileSystemOf(b);

/** What the running system stands on: `/`, and `/var` where that is another file system. */
export function systemMounts(mounts: readonly Mount[]): Mount[] {
  const root = mountOf(mounts, '/');
  if (root === undefined) return [];
  // A root in memory keeps nothing: what is kept lies on the disks that are mounted beside it.
  const kept = inMemory(root) ? onePerFileSystem(mounts.filter(holdsData)) : [];
  if (kept.length > 0) return kept;
  // composefs shows an image as root; what it is made of lies below /sysroot.
  const sysroot = root.type === 'overlay' ? mountOf(mounts, '/sysroot') : undefined;
  const base = sysroot?.point === '/sysroot' ? sysroot : root;
  const state = mountOf(mounts, '/var');
  return state === undefined || inMemory(state) || isSame(base, state) || isSame(root, state) ? [base] : [base, state];
}

export async function readSystemVolumes(stack: Stack): Promise<(Volume | Error)[]> {
  const found = await Promise.all(systemMounts(stack.mounts).map(async (mount) => ({ mount, legs: await tried(legsBelow(stack, mount)) })));
  const isImage = (legs: readonly Leg[] | Error): boolean => !(legs instanceof Error) && legs.every(({ verified }) => verified);
  // A verified image holds nothing of the person's: what lies beside it in /var does.
  const holding = found.length > 1 ? found.filter(({ legs }) => !isImage(legs)) : found;
  return (holding.length > 0 ? holding : found).map(({ mount, legs }) => (legs instanceof Error ? legs : volumeOnLegs(mount.point, legs)));
}

/** The file system with the homes, under what encrypts file by file on it. */
function homeMount(mounts: readonly Mount[], home: string | undefined): Mount | undefined {
  const path = home !== undefined && /^\/(?:var\/)?home\//.test(home) ? home : mountOf(mounts, '/var/home')?.point === '/var/home' ? '/var/home' : '/home';
  const mount = mountOf(mounts, path);
  return mount !== undefined && FILE_LEVEL.test(mount.type) ? mountOf(mounts, path.slice(0, path.lastIndexOf('/'))) : mount;
}

/** Homes, and every other file system that holds data and is not the system's own. */
export function dataMounts(mounts: readonly Mount[], home: string | undefined): Mount[] {
  const homes = homeMount(mounts, home);
  const system = [...systemMounts(mounts), mountOf(mounts, '/')];
  const others = mounts.filter((mount) => holdsData(mount) && !isSame(homes, mount) && !system.some((own) => isSame(own, mount)));
  const rest = onePerFileSystem(others);
  if (homes !== undefined && onDisk(homes)) return [homes, ...rest];
  // Homes on another machine or in memory: what is kept here lies with the system.
  return rest.length > 0 ? rest : systemMounts(mounts);
}

/** Names of the disks at the bottom of a stack, through encryption too. */
async function disksBelow(host: Host, name: string, depth = 0): Promise<string[]> {
  const below = depth > 16 ? [] : ((await orAbsent(host.list(`/sys/class/block/${name}/slaves`))) ?? []);
  if (below.length > 0) return (await Promise.all(below.map((lower) => disksBelow(host, lower, depth + 1)))).flat();
  return [name];
}

/** A stick, a card, a disk on a cable, or a file: it comes and goes, and is not what the device is judged by. */
async function isExternal(host: Host, name: string): Promise<boolean> {
  if (/^loop\d/.test(name)) return true;
  const path = await host.link(`/sys/class/block/${name}`);
  if (/\/usb\d|\/session\d/.test(path)) return true;
  const disk = (await orAbsent(host.read(`/sys/class/block/${name}/partition`))) === undefined ? name : (path.split('/').at(-2) ?? name);
  if ((await orAbsent(host.read(`/sys/class/block/${disk}/removable`)))?.trim() === '1') return true;
  return /^mmcblk\d/.test(disk) && (await orAbsent(host.read(`/sys/class/block/${disk}/device/type`)))?.trim() === 'SD';
}

/** True where every disk below a mount is known to be external; what cannot be told counts as built in. */
async function liesOutside(stack: Stack, mount: Mount): Promise<boolean> {
  const answer = await tried(
    devicesOf(stack, mount)
      .then((names) => Promise.all(names.map((name) => disksBelow(stack.host, name))))
      .then((disks) => Promise.all(disks.flat().map((disk) => isExternal(stack.host, disk)))),
  );
  return !(answer instanceof Error) && answer.every(Boolean);
}

export async function readDataVolumes(stack: Stack): Promise<(Volume | Error)[]> {
  const mounts = dataMounts(stack.mounts, stack.host.env.HOME).slice(0, 40);
  const answers = await Promise.all(
    mounts.map(async (mount, index) => {
      // The homes count wherever they lie.
      if (index > 0 && (await liesOutside(stack, mount))) return [];
      const legs = await tried(legsBelow(stack, mount));
      if (legs instanceof Error) return [legs];
      return index > 0 && legs.every(({ verified }) => verified) ? [] : [volumeOnLegs(mount.point, legs)];
    }),
  );
  return answers.flat();
}
