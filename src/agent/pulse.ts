/** When the agent looks: at the interval, at once where a change is told, later and later while reporting fails. */
import type { Unwatched } from '../host/index.ts';
import { StanceError } from '../model/index.ts';
import { delayOf, isFailure } from './pace.ts';

export interface Pulse {
  start(): void;
  stop(): void;
  /** Looks now, out of turn; the interval begins anew. */
  beatSoon(): void;
  /** Something outside tells what may have changed. */
  touch(checks: ReadonlySet<string>): void;
  unwatched(): readonly Unwatched[];
}

export interface PulseOptions {
  readonly pace: () => { readonly intervalMs: number; readonly joined: boolean };
  /** A whole refresh. */
  readonly beat: () => Promise<unknown>;
  /** Reads again what was touched; an empty set: everything quick. */
  readonly lookAgain: (checks: ReadonlySet<string>) => Promise<void>;
  /** Calls soon after the organisation has changed what is managed; the answer ends that. */
  readonly watchManaged: (onChange: () => void) => () => void;
  /** Left out: nothing is watched. */
  readonly watch?: (onChange: (checks: ReadonlySet<string>) => void) => { unwatched(): readonly Unwatched[]; stop(): void };
}

export function createPulse({ pace, beat, lookAgain, watchManaged, watch }: PulseOptions): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let watcher: ReturnType<NonNullable<PulseOptions['watch']>> | undefined;
  let unwatchManaged = (): void => undefined;
  let started = false;
  let failures = 0;

  /** Shown to the person by the view, and tried again. A defect must not end an agent silently. */
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      failures = 0;
    } catch (error) {
      if (!(error instanceof StanceError) || isFailure(error.code)) failures++;
      if (!(error instanceof StanceError)) process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
  function plan(): void {
    if (!started) return;
    clearTimeout(timer);
    timer = setTimeout(() => void turn(), delayOf({ ...pace(), failures }, Math.random()));
  }
  async function turn(): Promise<void> {
    await attempt(beat);
    plan();
  }
  return {
    start() {
      if (started) return;
      started = true;
      unwatchManaged = watchManaged(() => void turn());
      watcher = watch?.((checks) => void attempt(() => lookAgain(checks)));
      void turn();
    },
    stop() {
      started = false;
      clearTimeout(timer);
      unwatchManaged();
      watcher?.stop();
      watcher = undefined;
    },
    beatSoon() {
      // What is refreshed in the background may come after the end.
      if (started) void turn();
    },
    touch(checks) {
      if (started) void attempt(() => lookAgain(checks));
    },
    unwatched: () => watcher?.unwatched() ?? [],
  };
}
