/** What Linux swaps to: `/proc/swaps` (proc(5)), and what that lies on. */
import { attempt, type Host, UnparsableError } from '../../model/index.ts';
import { kernelName, type Leg, legsBelow, type Stack, walk } from './block-stack.ts';
import { decodeOctal, mountOf } from './mountinfo.ts';
import { placeOf, tried } from './volumes.ts';

export interface SwapRow {
  readonly path: string;
  readonly type: 'partition' | 'file';
}

/** @throws UnparsableError where the table is not of its form; no row is an answer, no table is none. */
export function parseSwaps(text: string): SwapRow[] {
  const [head = '', ...rows] = text.split('\n');
  if (!/^Filename\s+Type\s+Size\s+Used\s+Priority\s*$/.test(head) || !text.endsWith('\n'))
    throw new UnparsableError('/proc/swaps does not begin with its heading');
  return rows
    .filter((row) => row !== '')
    .map((row) => {
      const [, path = '', type] = /^(\/\S*)\s+(partition|file)\s+\d+\s+\d+\s+-?\d+\s*$/.exec(row) ?? [];
      if (type !== 'partition' && type !== 'file') throw new UnparsableError('a row of /proc/swaps is not of its form');
      return { path: decodeOctal(path), type };
    });
}

export interface Swap {
  /** For people: `dm-2`, or `a file on /home`. */
  readonly name: string;
  readonly onFile: boolean;
  /** `memory`: compressed in RAM. */
  readonly legs: readonly Leg[] | 'memory' | Error;
}

/** A zram device is RAM, unless it was told to write what is not used to a disk. */
async function zramLegs(stack: Stack, name: string): Promise<readonly Leg[] | 'memory'> {
  const backing = await attempt(stack.host.read(`/sys/class/block/${name}/backing_dev`));
  return typeof backing === 'string' && backing.startsWith('/dev/') ? walk(stack, await kernelName(stack.host, backing.trim())) : 'memory';
}

async function legsOf(stack: Stack, { path, type }: SwapRow): Promise<Swap> {
  if (type === 'partition') {
    const name = await tried(kernelName(stack.host, path));
    if (name instanceof Error) return { name: path.split('/').at(-1) ?? path, onFile: false, legs: name };
    return { name, onFile: false, legs: await tried(/^zram\d/.test(name) ? zramLegs(stack, name) : walk(stack, name)) };
  }
  const mount = mountOf(stack.mounts, path);
  if (mount === undefined) return { name: 'a file', onFile: true, legs: new UnparsableError('a swap file lies on no file system that is mounted') };
  return { name: `a file on ${placeOf(mount.point)}`, onFile: true, legs: await tried(legsBelow(stack, mount)) };
}

export async function readSwaps(host: Host, stack: Stack): Promise<Swap[]> {
  const rows = parseSwaps(await host.read('/proc/swaps'));
  return Promise.all(rows.slice(0, 32).map((row) => legsOf(stack, row)));
}
