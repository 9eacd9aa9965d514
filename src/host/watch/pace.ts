/**
 * How often something may happen: a few times at once, as changes by hand are, and then only every few seconds, however much goes on.
 * A bucket of turns that fills up again.
 */
export const PACE = { turns: 6, everyMs: 3_000 } as const;

export interface Pace {
  /** Takes a turn: how long to wait for it, ms. */
  next(): number;
}

export function createPace({ turns, everyMs }: { readonly turns: number; readonly everyMs: number } = PACE, now: () => number = () => performance.now()): Pace {
  let left: number = turns;
  let filledAt = now();
  return {
    next() {
      const at = now();
      left = Math.min(turns, left + (at - filledAt) / everyMs);
      filledAt = at;
      left -= 1;
      return left >= 0 ? 0 : -left * everyMs;
    },
  };
}
