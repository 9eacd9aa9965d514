/**
 * How the C library keeps memory that is free. Node leaves glibc's defaults, which are made for speed: an arena for each thread, and
 * what was freed is kept for the next time. A process that sleeps nearly all its life gives it back instead.
 */
import { loadKoffi } from './native.ts';

/** mallopt(3), malloc.h. */
const [M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_ARENA_MAX] = [-1, -2, -3, -8];
const [KEPT_BYTES, OWN_PAGES_BYTES] = [16 * 1024, 64 * 1024];

/**
 * Sets the allocator up to spare memory. Called early: what was allocated before stays where it is.
 * @returns gives everything that is free back to the system; does nothing where the C library is not glibc, or native code is missing.
 */
export async function spareAllocator(): Promise<() => void> {
  if (process.platform !== 'linux') return () => undefined;
  try {
    const libc = (await loadKoffi()).load(null);
    const mallopt = libc.func('int mallopt(int, int)');
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, OWN_PAGES_BYTES);
    const trim = libc.func('int malloc_trim(size_t)');
    return () => void trim(0);
  } catch {
    // Another C library, or no koffi here: memory is kept as that does it.
    return () => undefined;
  }
}
