/** Kernel release names, as `uname -r` and `/lib/modules` have them: `6.8.0-88-generic`, `6.17.9-300.fc43.x86_64`. */

/** `generic` of `6.8.0-88-generic`; empty where the name ends in a version. Kernels of other flavours are no updates of each other. */
export const flavourOf = (release: string): string => /-((?:[a-z]+-)*[A-Za-z][A-Za-z0-9_]*)$/.exec(release)?.[1] ?? '';

/** Below 0 where `a` is older. Runs of digits as numbers, runs of letters as text, a number after a letter (as rpm and dpkg do, in the part they share). */
export function compareReleases(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/\d+|[A-Za-z]+|~/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x, y] = [left[index], right[index]];
    if (x === y) continue;
    // `~` sorts before everything, even before the end: 6.8~rc1 is older than 6.8.
    if (x === '~' || y === '~') return x === '~' ? -1 : 1;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [numberX, numberY] = [/^\d/.test(x), /^\d/.test(y)];
    if (numberX !== numberY) return numberX ? 1 : -1;
    if (numberX) {
      const difference = Number(x) - Number(y);
      if (difference !== 0) return difference;
    } else return x < y ? -1 : 1;
  }
  return 0;
}
