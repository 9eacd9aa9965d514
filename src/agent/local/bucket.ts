/** How often somebody may ask: so many at once, and so many a second after that. */

export interface Bucket {
  /** False where it is too often. */
  take(): boolean;
}

export function createBucket({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }): Bucket {
  let left = burst;
  let at = performance.now();
  return {
    take() {
      const now = performance.now();
      left = Math.min(burst, left + ((now - at) / 1000) * perSecond);
      at = now;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
