/** Chance that can be repeated: the same seed and the same words give the same numbers, whatever was drawn before. */

export interface Chance {
  /** From 0 up to 1. */
  next(): number;
  /** Yes in this share of the cases. */
  yes(share: number): boolean;
  between(least: number, most: number): number;
  /** A whole number; `most` may come. */
  whole(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  /** By their weights. */
  weighted<T>(from: readonly T[], weightOf: (one: T) => number): T;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return state >>> 0;
}

/** Mulberry32, after the seed was hashed with the words. */
export function chanceOf(seed: number, ...words: readonly (string | number)[]): Chance {
  let state = hash(JSON.stringify([seed, ...words]));
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number): number => least + next() * (most - least);
  return {
    next,
    yes: (share) => next() < share,
    between,
    whole: (least, most) => Math.floor(between(least, most + 1)),
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
    weighted(from, weightOf) {
      let left = next() * from.reduce((sum, one) => sum + weightOf(one), 0);
      for (const one of from) {
        left -= weightOf(one);
        if (left < 0) return one;
      }
      return from.at(-1) as (typeof from)[number];
    },
  };
}
