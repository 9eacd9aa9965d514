/** When the agent looks: at the interval, at once where a change is told, later and later while reporting fails. */
import { StanceError } from '../model/index.ts';
import type { Unwatched } from './watch/source.ts';

const MAX_BACKOFF_MS = 60 * 60 * 1000;

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
  readonly intervalMs: () => number;
  /** A whole refresh. */
  readonly beat: () => Promise<unknown>;
  /** Reads again what was touched; an empty set: everything quick. */
  readonly lookAgain: (checks: ReadonlySet<string>) => Promise<void>;
  /** Left out: nothing is watched. */
  readonly watch?: (onChange: (checks: ReadonlySet<string>) => void) => { unwatched(): readonly Unwatched[]; stop(): void };
}

export function createPulse({ intervalMs, beat, lookAgain, watch }: PulseOptions): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let watcher: ReturnType<NonNullable<PulseOptions['watch']>> | undefined;
  let started = false;
  let failures = 0;

  /** Shown to the person by the view, and tried again. A defect must not end an agent silently. */
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      failures = 0;
    } catch (error) {
      failures++;
      if (!(error instanceof StanceError)) process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
  /** The next turn: sooner where all is well, later the longer it fails; jittered, so that a thousand agents do not come at once. */
  function plan(): void {
    if (!started) return;
    clearTimeout(timer);
    const delay = Math.min(intervalMs() * 2 ** Math.min(failures, 6), Math.max(intervalMs(), MAX_BACKOFF_MS));
    timer = setTimeout(() => void turn(), delay * (0.9 + Math.random() * 0.2));
  }
  async function turn(): Promise<void> {
    await attempt(beat);
    plan();
  }
  return {
    start() {
      if (started) return;
      started = true;
      watcher = watch?.((checks) => void attempt(() => lookAgain(checks)));
      void turn();
    },
    stop() {
      started = false;
      clearTimeout(timer);
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
