/** Whether the service can do its work: asked of the store, and not by anybody as often as they like. */
import { StanceError } from '../model/index.ts';
import type { Store } from './store/store.ts';

/** How long an answer of the store holds, ms: asking it is a write, and anybody may ask. */
const HOLDS_MS = 1000;

export interface Readiness {
  /** @throws StanceError `store-unavailable` */
  ask(): void;
  /** The store has just refused a write: what it said before holds no longer. */
  refused(): void;
}

export function createReadiness(store: Pick<Store, 'ping'>, now: () => number): Readiness {
  let answer: { readonly at: number; readonly cause?: unknown } | undefined;
  return {
    ask() {
      if (answer === undefined || Math.abs(now() - answer.at) >= HOLDS_MS) {
        try {
          store.ping();
          answer = { at: now() };
        } catch (cause) {
          answer = { at: now(), cause };
        }
      }
      if (answer.cause !== undefined)
        throw new StanceError('store-unavailable', 'The store takes no writes. Reads and decisions go on.', { cause: answer.cause });
    },
    refused() {
      // One that says no already is asked again when its time has come.
      if (answer?.cause === undefined) answer = undefined;
    },
  };
}
