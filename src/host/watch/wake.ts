/**
 * Sleep, told without anybody's help: the clock on the wall goes on while a computer sleeps, and a timer does not. Works on every
 * system, and also notices a clock that was set. Buses that tell of waking are faster; this one is always there.
 */
import type { Touched, Watching } from './source.ts';

const TICK_MS = 15_000;
/** A tick that is this much later than the monotonic clock says was slept through. */
const SLEPT_MS = 10_000;

export interface Clocks {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

export function watchWake(touched: Touched, clocks: Clocks = { wall: Date.now, monotonic: () => performance.now() }, tickMs = TICK_MS): Watching {
  let [wall, monotonic] = [clocks.wall(), clocks.monotonic()];
  const timer = setInterval(() => {
    const [nowWall, nowMonotonic] = [clocks.wall(), clocks.monotonic()];
    const slept = Math.abs(nowWall - wall - (nowMonotonic - monotonic)) > SLEPT_MS || nowMonotonic - monotonic > tickMs + SLEPT_MS;
    [wall, monotonic] = [nowWall, nowMonotonic];
    if (slept) touched();
  }, tickMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
