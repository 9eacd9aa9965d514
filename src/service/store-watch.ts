/**
 * Whether the store can be used. Decisions are made from memory, so they go on without it; but what others write there meanwhile
 * (a revocation) is missed, so they go on for a while only.
 */
import type { FastifyBaseLogger } from 'fastify';
import { StanceError } from '../model/index.ts';
import type { Store } from './store/store.ts';

export interface StoreWatch {
  /** For how long it has taken no writes, ms; 0 while it does. */
  awayMs(): number;
  /** Asks the store itself, where it was not asked just now. @throws StanceError `store-unavailable` */
  ask(): void;
  stop(): void;
}

/** How long decisions stand on what the service remembers of a device. */
export const FROM_MEMORY_MS = 5 * 60 * 1000;
const PROBE_EVERY_MS = 5_000;
/** How long an answer of the store holds, ms: asking it is a write, and anybody may ask. */
const HOLDS_MS = 1_000;

/** The writes that go on all the time. */
const WATCHED = ['writeDevices', 'addDecisions'] as const;

/** The store, and somebody who sees how its writes go. Where there are none, one is tried now and then. */
export function watchStore(store: Store, now: () => number, log: FastifyBaseLogger): { readonly store: Store; readonly watch: StoreWatch } {
  let away: { readonly since: number; readonly cause: unknown } | undefined;
  let written = now();
  let asked: number | undefined;

  function note(cause: unknown): void {
    if (away === undefined) log.warn({ cause: String(cause).slice(0, 200) }, 'the store takes no writes; decisions go on from memory');
    away ??= { since: now(), cause };
  }
  /** Asks the store, not oftener than answers hold. It alone says that the store is back: one that took no evidence may still take a few bytes. */
  function probe(): void {
    if (asked !== undefined && Math.abs(now() - asked) < HOLDS_MS) return;
    asked = now();
    try {
      store.ping();
      if (away !== undefined) log.warn({ awayMs: now() - away.since }, 'the store takes writes again');
      [away, written] = [undefined, now()];
    } catch (error) {
      note(error);
    }
  }
  const watched = <A extends unknown[], R>(write: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      try {
        const result = write(...args);
        written = now();
        if (away !== undefined) probe();
        return result;
      } catch (error) {
        note(error);
        throw error;
      }
    };
  };
  const flushed = async (): Promise<void> => {
    try {
      await store.flushed();
    } catch (error) {
      note(error);
      throw error;
    }
  };
  const wrapped: Store = { ...store, flushed };
  for (const name of WATCHED) Object.assign(wrapped, { [name]: watched(store[name] as (...args: unknown[]) => unknown) });
  const timer = setInterval(() => {
    if (away !== undefined || now() - written >= PROBE_EVERY_MS) probe();
  }, PROBE_EVERY_MS);
  timer.unref();
  return {
    store: wrapped,
    watch: {
      awayMs: () => (away === undefined ? 0 : Math.max(1, now() - away.since)),
      ask() {
        probe();
        if (away !== undefined) throw new StanceError('store-unavailable', 'The store takes no writes. Reads and decisions go on.', { cause: away.cause });
      },
      stop: () => clearInterval(timer),
    },
  };
}
