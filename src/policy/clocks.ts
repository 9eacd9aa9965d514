/**
 * Since when checks of a device have failed: a small state machine, moved on by evidence. The service keeps its state with the
 * device, and grace counts from it. Pure.
 *
 * A clock starts at the first evidence that fails and runs on through everything but an hour of passing, seen to pass: turning
 * to unknown and back does not restart it, nor does falling silent, nor enrolling anew. Times in which nobody looked count for
 * nothing and interrupt nothing: a laptop that is open for twenty minutes at a time has its hour the third time.
 */

/** ms since the epoch, all of them. */
export interface Clock {
  readonly since: number;
  /** It passes again: for as long as from `since` to `last`, seen last then. Times in which nobody looked are taken out by moving `since` on. */
  readonly passing?: { readonly since: number; readonly last: number };
}
export type Clocks = Readonly<Record<string, Clock>>;

/** What an evidence says of a check. `failing`: it counts as failing; `passing`: it passes, or does not apply; `neither`: not known, or not asked for. */
export type Tick = 'failing' | 'passing' | 'neither';

export interface Moving {
  /** When the evidence was observed. */
  readonly at: number;
  /** Evidence that is further apart than this says nothing of what was between. */
  readonly maxGapMs: number;
  /** Old evidence, or old readings judged by new policies: it may start a clock and ends none. */
  readonly startsOnly?: boolean;
}

export const NO_CLOCKS: Clocks = {};
/** How long a check must pass until its failing is over. */
const OVER_AFTER_MS = 60 * 60 * 1000;

function passingSince(passing: Clock['passing'], at: number, maxGapMs: number): number {
  if (passing === undefined || at < passing.last) return at;
  const gapMs = at - passing.last;
  return gapMs <= maxGapMs ? passing.since : passing.since + gapMs;
}

function moved(clock: Clock | undefined, tick: Tick, { at, maxGapMs, startsOnly = false }: Moving): Clock | undefined {
  if (tick === 'failing') return clock === undefined ? { since: at } : clock.passing === undefined || startsOnly ? clock : { since: clock.since };
  if (clock === undefined || startsOnly) return clock;
  if (tick === 'neither') return clock.passing === undefined ? clock : { since: clock.since };
  const since = passingSince(clock.passing, at, maxGapMs);
  return at - since >= OVER_AFTER_MS ? undefined : { since: clock.since, passing: { since, last: at } };
}

/** The clocks after an evidence. A check that `ticks` does not name at all (no baseline has it) loses its clock. The same object where nothing moved. */
export function moveClocks(clocks: Clocks, ticks: ReadonlyMap<string, Tick>, moving: Moving): Clocks {
  let changed = false;
  const next: Record<string, Clock> = {};
  for (const [check, tick] of ticks) {
    const [before, after] = [clocks[check], moved(clocks[check], tick, moving)];
    if (after !== undefined) next[check] = after;
    changed ||= before !== after;
  }
  for (const check in clocks) changed ||= !ticks.has(check);
  return changed ? next : clocks;
}
