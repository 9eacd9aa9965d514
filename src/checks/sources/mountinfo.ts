/** `/proc/self/mountinfo` (proc_pid_mountinfo(5)). Pure. */
import { UnparsableError } from '../../model/index.ts';

export interface Mount {
  /** `major:minor`; major 0 where the file system has no block device of its own (btrfs, ZFS, overlay, network). */
  readonly device: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

const decodeOctal = (text: string): string => text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** @throws UnparsableError where a row is not of the form, or there is no root. */
export function parseMountinfo(text: string): Mount[] {
  const mounts = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^\d+ \d+ (\d+:\d+) \S+ (\S+) \S+(?: \S+)* - (\S+) (\S+)(?: \S*)?$/.exec(line);
      if (match === null) throw new UnparsableError('a row of mountinfo is not of its form');
      const [, device = '', point = '', type = '', source = ''] = match;
      return { device, point: decodeOctal(point), type, source: decodeOctal(source) };
    });
  if (!mounts.some(({ point }) => point === '/')) throw new UnparsableError('mountinfo has no root');
  return mounts;
}

/** What is mounted at a point: the last row, which covers those before it. */
export const mountAt = (mounts: readonly Mount[], point: string): Mount | undefined => mounts.findLast((mount) => mount.point === point);
