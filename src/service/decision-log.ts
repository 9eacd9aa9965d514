/** Decisions are kept with the verdicts behind them, off the path of the answer: what has been decided can be tried on another policy. */
import type { Decision, EvaluationRequest, Verdict } from '../model/index.ts';
import type { Context } from './context.ts';
import type { StoredDecision } from './store/store.ts';

const FLUSH_MS = 1_000;
/** Most decisions that wait to be written; beyond it new ones are dropped and counted in the log of the service. */
const MAX_WAITING = 20_000;

export interface DecisionLog {
  add(request: EvaluationRequest, decision: Decision, verdicts: Readonly<Record<string, Verdict>> | undefined): void;
  /** Writes what waits and stops. */
  close(): void;
}

export function createDecisionLog({ store, now, log }: Pick<Context, 'store' | 'now' | 'log'>): DecisionLog {
  let waiting: { at: number; request: EvaluationRequest; decision: Decision; verdicts: Readonly<Record<string, Verdict>> | undefined }[] = [];
  let dropped = 0;
  function flush(): void {
    if (waiting.length === 0) return;
    const batch: StoredDecision[] = waiting.map(({ at, request, decision, verdicts }) => ({
      id: decision.context.id,
      at,
      body: JSON.stringify({ request, decision, verdicts }),
    }));
    waiting = [];
    if (dropped > 0) log.warn({ dropped }, 'more decisions than could be kept');
    dropped = 0;
    try {
      store.addDecisions(batch);
    } catch (error) {
      log.error({ err: error, lost: batch.length }, 'decisions could not be kept');
    }
  }
  const timer = setInterval(flush, FLUSH_MS);
  timer.unref();
  return {
    add(request, decision, verdicts) {
      if (waiting.length >= MAX_WAITING) dropped++;
      else waiting.push({ at: now(), request, decision, verdicts });
    },
    close() {
      clearInterval(timer);
      flush();
    },
  };
}
