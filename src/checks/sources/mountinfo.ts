/** `/proc/self/mountinfo` (proc_pid_mountinfo(5)). Pure. */
import { UnparsableError } from '../../model/index.ts';

export interface Mount {
  readonly id: number;
  /** Id of the mount that this one was mounted on. */
  readonly parent: number;
  /** `major:minor`; major 0 where the file system has no block device of its own (btrfs, ZFS, overlay, network). */
  readonly device: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

/** Blanks, tabs, newlines and backslashes of a path are written in octal. */
export const decodeOctal = (text: string): string => text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** @throws UnparsableError where a row is not of the form, the last one was cut off, or there is no root. */
export function parseMountinfo(text: string): Mount[] {
  if (!text.endsWith('\n')) throw new UnparsableError('mountinfo was cut off');
  const mounts = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // The source may be empty, and what follows it is the file system's own.
      const match = /^(\d{1,10}) (\d{1,10}) (\d+:\d+) \S+ (\S+) \S+(?: \S+)* - (\S+) (\S*)(?: .*)?$/.exec(line);
      if (match === null) throw new UnparsableError('a row of mountinfo is not of its form');
      const [, id = '', parent = '', device = '', point = '', type = '', source = ''] = match;
      return { id: Number(id), parent: Number(parent), device, point: decodeOctal(point), type, source: decodeOctal(source) };
    });
  if (!mounts.some(({ point }) => point === '/')) throw new UnparsableError('mountinfo has no root');
  return mounts;
}

const covers = (point: string, path: string): boolean => point === '/' || path === point || path.startsWith(`${point}/`);

/**
 * The mount that a path lies on, as the kernel walks to it: from the root down, and at each point up to the topmost of those that
 * were mounted on top of each other. What was mounted below a point before that point was covered is not seen any more.
 */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const ids = new Set(mounts.map(({ id }) => id));
  let current = mounts.findLast(({ id, parent, point }) => point === '/' && (parent === id || !ids.has(parent)));
  for (let step = 0; current !== undefined && step <= mounts.length; step++) {
    const { id } = current;
    const below = mounts.filter((mount) => mount.parent === id && mount.id !== id && covers(mount.point, path));
    const next = below.toSorted((a, b) => a.point.length - b.point.length)[0];
    if (next === undefined) return current;
    current = next;
  }
  // Ids that lead nowhere: the last row covers those before it.
  return mounts.filter(({ point }) => covers(point, path)).reduce<Mount | undefined>((a, b) => (a && a.point.length > b.point.length ? a : b), undefined);
}

/** File systems that lie in memory. */
export const inMemory = ({ type }: Mount): boolean => ['tmpfs', 'ramfs', 'rootfs'].includes(type);

/** Rows with the same key lie on the same file system: bind mounts, subvolumes. */
export const fileSystemOf = (mount: Mount): string => (mount.type === 'zfs' ? `zfs ${mount.source}` : mount.device);
