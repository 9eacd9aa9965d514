/** Since when a check fails: a clock that only an hour of passing, seen to pass, ends. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Clocks, moveClocks, type Tick } from '../../src/policy/clocks.ts';

const MINUTE = 60_000;
const MAX_GAP = 11 * MINUTE;
const DISK = 'disk.encryption';

type Step = readonly [minute: number, tick: Tick];
const run = (steps: readonly Step[], from: Clocks = {}): Clocks =>
  steps.reduce((clocks, [minute, tick]) => moveClocks(clocks, new Map([[DISK, tick]]), { at: minute * MINUTE, maxGapMs: MAX_GAP }), from);
const sinceMinute = (clocks: Clocks): number | undefined => (clocks[DISK] === undefined ? undefined : clocks[DISK].since / MINUTE);
const every5 = (from: number, to: number, tick: Tick): Step[] => Array.from({ length: (to - from) / 5 + 1 }, (_, index) => [from + index * 5, tick]);

describe('a clock', () => {
  test('starts at the first evidence that fails', () => {
    expect(
      sinceMinute(
        run([
          [0, 'passing'],
          [5, 'failing'],
          [10, 'failing'],
        ]),
      ),
    ).toBe(5);
  });
  test('is not restarted by turning to unknown and back', () => {
    expect(
      sinceMinute(
        run([
          [0, 'failing'],
          [5, 'neither'],
          [10, 'failing'],
          [15, 'neither'],
          [20, 'failing'],
        ]),
      ),
    ).toBe(0);
  });
  test('is not restarted by passing for less than an hour', () => {
    expect(sinceMinute(run([[0, 'failing'], ...every5(5, 60, 'passing'), [65, 'failing']]))).toBe(0);
  });
  test('is ended by an hour of passing', () => {
    expect(sinceMinute(run([[0, 'failing'], ...every5(5, 65, 'passing')]))).toBeUndefined();
    expect(sinceMinute(run([[0, 'failing'], ...every5(5, 65, 'passing'), [70, 'failing']]))).toBe(70);
  });
  test('is not ended by an hour in which nobody looked: two good moments far apart say nothing of what was between', () => {
    expect(
      sinceMinute(
        run([
          [0, 'failing'],
          [5, 'passing'],
          [70, 'passing'],
          [135, 'passing'],
        ]),
      ),
    ).toBe(0);
  });
  test('is ended by an hour that is seen in pieces: nobody looked in between, and nothing failed', () => {
    const pieces = (count: number): Step[] => Array.from({ length: count }, (_, day) => every5(day * 1440 + 5, day * 1440 + 25, 'passing')).flat();
    expect(sinceMinute(run([[0, 'failing'], ...pieces(2)]))).toBe(0);
    expect(sinceMinute(run([[0, 'failing'], ...pieces(3)]))).toBeUndefined();
    expect(sinceMinute(run([[0, 'failing'], ...pieces(2), [2885, 'failing'], ...every5(2890, 2910, 'passing')]))).toBe(0);
  });
  test('is not ended where the hour is interrupted by unknown', () => {
    expect(sinceMinute(run([[0, 'failing'], ...every5(5, 40, 'passing'), [45, 'neither'], ...every5(50, 90, 'passing')]))).toBe(0);
  });
  test('runs on through silence', () => {
    expect(
      sinceMinute(
        run([
          [0, 'failing'],
          [60 * 24 * 30, 'failing'],
        ]),
      ),
    ).toBe(0);
  });
  test('is lost when no baseline names the check any more', () => {
    expect(moveClocks(run([[0, 'failing']]), new Map(), { at: 1, maxGapMs: MAX_GAP })).toEqual({});
  });
  test('of old evidence may start and does not end', () => {
    const old = { at: 100 * MINUTE, maxGapMs: MAX_GAP, startsOnly: true };
    expect(sinceMinute(moveClocks({}, new Map([[DISK, 'failing']]), old))).toBe(100);
    const nearly = run([[0, 'failing'], ...every5(5, 60, 'passing')]);
    expect(moveClocks(nearly, new Map([[DISK, 'passing']]), { ...old, at: 65 * MINUTE })).toBe(nearly);
  });
});

test('whatever comes, in whatever order: a failing check has a clock, no clock is younger than its first failure since the last hour of passing', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom<Tick>('failing', 'passing', 'neither'));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let clocks: Clocks = {};
      let minute = 0;
      let [first, passing, last] = [-1, -1, -1];
      for (const [later, tick] of steps) {
        minute += later;
        clocks = run([[minute, tick]], clocks);
        // The same, said in other words.
        if (tick === 'passing') {
          if (passing < 0 || (minute - last) * MINUTE > MAX_GAP) passing = minute;
          last = minute;
          if (minute - passing >= 60) first = -1;
        } else passing = -1;
        if (tick === 'failing' && first < 0) first = minute;
        expect(sinceMinute(clocks)).toBe(first < 0 ? undefined : first);
      }
    }),
    { numRuns: 500 },
  );
});
