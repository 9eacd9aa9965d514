/**
 * Whether the store can be used. Decisions are made from memory, so they go on without it; but what others write there meanwhile
 * (a revocation) is missed, so they go on for a while only.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Store } from './store/store.ts';

export interface StoreWatch {
  /** For how long it has taken no writes, ms; 0 while it does. */
  awayMs(): number;
  stop(): void;
}

/** How long decisions stand on what the service remembers of a device. */
export const FROM_MEMORY_MS = 5 * 60 * 1000;
const PROBE_EVERY_MS = 5_000;

/** The writes that go on all the time, and the one that only tries. */
const WATCHED = ['writeDevices', 'addDecisions', 'ping'] as const;

/** The store, and somebody who sees how its writes go. Where there are none, one is tried now and then. */
export function watchStore(store: Store, now: () => number, log: FastifyBaseLogger): { readonly store: Store; readonly watch: StoreWatch } {
  let since: number | null = null;
  let written = now();
  const watched = <A extends unknown[], R>(write: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      try {
        const result = write(...args);
        if (since !== null) log.warn({ awayMs: now() - since }, 'the store takes writes again');
        [since, written] = [null, now()];
        return result;
      } catch (error) {
        if (since === null) log.error({ err: error }, 'the store takes no writes; decisions go on from memory');
        since ??= now();
        throw error;
      }
    };
  };
  const wrapped: Store = { ...store };
  for (const name of WATCHED) Object.assign(wrapped, { [name]: watched(store[name] as (...args: unknown[]) => unknown) });
  const timer = setInterval(() => {
    if (since === null && now() - written < PROBE_EVERY_MS) return;
    try {
      wrapped.ping();
    } catch {
      // It has been noted.
    }
  }, PROBE_EVERY_MS);
  timer.unref();
  return {
    store: wrapped,
    watch: {
      awayMs: () => (since === null ? 0 : Math.max(1, now() - since)),
      stop: () => clearInterval(timer),
    },
  };
}
