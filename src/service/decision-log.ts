/**
 * Decisions are kept, off the path of the answer: who asked for what on which device, and what was said. The readings behind
 * one are those of the evidence that it names, so they are not copied here.
 */

import type { FastifyBaseLogger } from 'fastify';
import type { Decision } from '../model/index.ts';
import type { Store } from './store/store.ts';

const FLUSH_MS = 1_000;
/** Most decisions that wait to be written; beyond it new ones are dropped, and the log of the service says how many. */
const MAX_WAITING = 100_000;

export interface DecisionLog {
  /** `request`: the JSON text that was asked. `evidence`: hash of the evidence that the device was judged by. */
  add(request: string, decision: Decision, evidence: string | undefined): void;
  /** Writes what waits. */
  flush(): void;
  /** Writes what waits and stops. */
  close(): void;
}

export function createDecisionLog({ store, now, log }: { readonly store: Store; readonly now: () => number; readonly log: FastifyBaseLogger }): DecisionLog {
  let lines: string[] = [];
  let since = 0;
  let dropped = 0;
  let failing = false;
  function flush(): void {
    const count = lines.length;
    if (count === 0) return;
    try {
      store.addDecisions({ since, until: now(), count, lines: lines.join('\n') });
    } catch (error) {
      // They wait for better times; the log says it once.
      if (!failing) log.warn({ err: error, waiting: count }, 'decisions cannot be kept now; they wait for the store');
      failing = true;
      return;
    }
    if (dropped > 0) log.warn({ dropped }, 'more decisions than could be kept');
    lines = [];
    dropped = 0;
    failing = false;
  }
  const timer = setInterval(flush, FLUSH_MS);
  timer.unref();
  return {
    add(request, { context }, evidence) {
      const at = now();
      if (lines.length === 0) since = at;
      if (lines.length >= MAX_WAITING) dropped++;
      else {
        const { unmet, blocked } = context.policies;
        const said = JSON.stringify({ id: context.id, at, outcome: context.outcome, unmet, blocked, version: context.policy_version, evidence });
        // One line each, and each text in one spelling, so that whoever is to be erased is found; most requests are so and go in as they came.
        const plain = /[\n\\]/.test(request) ? JSON.stringify(JSON.parse(request)) : request;
        lines.push(`${said.slice(0, -1)},"request":${plain}}`);
      }
    },
    flush,
    close() {
      clearInterval(timer);
      flush();
    },
  };
}
