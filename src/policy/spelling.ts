/** The nearest of some names to one that was mistyped. Pure. */

/** Edits between two names (Levenshtein). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

export const closest = (name: string, names: readonly string[]): string | undefined =>
  name.length > 100 ? undefined : [...names].sort((a, b) => distance(name, a) - distance(name, b))[0];
