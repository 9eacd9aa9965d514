/** Three-valued logic (Kleene's): true, false, and `undefined` for what cannot be known. Pure. */

export type Truth = boolean | undefined;

/** False where one is, though others are not known. */
export function every<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let answer: Truth = true;
  for (const item of items) {
    const truth = test(item);
    if (truth === false) return false;
    if (truth === undefined) answer = undefined;
  }
  return answer;
}

/** True where one is, though others are not known. */
export function some<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let answer: Truth = false;
  for (const item of items) {
    const truth = test(item);
    if (truth === true) return true;
    if (truth === undefined) answer = undefined;
  }
  return answer;
}

export const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);
