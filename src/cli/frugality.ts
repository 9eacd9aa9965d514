/**
 * Memory before speed, for a process that sleeps nearly all its life. Called before the agent is loaded. Seen with the bundle on Node 24,
 * idle with all watches: 68 MB; 75 MB without what is said to the allocator, 14 MB more with the compilers (bare Node: 43 MB).
 */
import { setFlagsFromString } from 'node:v8';

/** No compiled code, and none of the compilers' own: the interpreter does what an agent has to do in 0.2 s. */
const INTERPRET = ['--no-sparkplug', '--no-maglev', '--no-opt'];

export function spareMemory(): void {
  for (const flag of [...INTERPRET, '--optimize-for-size']) setFlagsFromString(flag);
}

/** How long nothing has happened when memory is given back, ms. */
const QUIET_MS = 2_000;

/** Sets the allocator up; then: called whenever something has happened, it gives memory back once all is quiet. */
export async function spareNativeMemory(): Promise<() => void> {
  const { spareAllocator } = await import('../host/allocator.ts');
  const giveBack = await spareAllocator();
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(giveBack, QUIET_MS);
    timer.unref();
  };
}
