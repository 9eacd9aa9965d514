/**
 * Limits by device, token and address: buckets that fill with time. Only what verifies under a device's key counts against
 * that device; everything else counts against the address that it came from.
 */
import { StanceError } from '../model/index.ts';

/** `burst` at once, then `perSecond`. */
export interface Limit {
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimits {
  readonly device: Limit;
  readonly token: Limit;
  readonly address: Limit;
}

/** A device that was away for days reports its outbox at once; a gateway asks for decisions as fast as it can. */
export const DEFAULT_LIMITS: RateLimits = {
  device: { burst: 600, perSecond: 2 },
  token: { burst: 500_000, perSecond: 100_000 },
  address: { burst: 600, perSecond: 20 },
};

export type Limited = keyof RateLimits;

export interface RateLimiter {
  /** Takes one from the bucket of that device, token or address. @throws StanceError `rate-limited` with `retryAfter` (s) */
  take(kind: Limited, name: string): void;
  /** The same, without a word: false where there is none left. */
  took(kind: Limited, name: string): boolean;
  /** Whether there is one left; takes none. */
  has(kind: Limited, name: string): boolean;
}

/** Buckets kept; the oldest are forgotten, that is: full again. */
const MAX_BUCKETS = 200_000;

export function createRateLimiter(limits: RateLimits, now: () => number, onLimited: (kind: Limited) => void = () => {}): RateLimiter {
  const buckets: Record<Limited, Map<string, { left: number; at: number }>> = { device: new Map(), token: new Map(), address: new Map() };

  function bucketOf(kind: Limited, name: string): { left: number; at: number } {
    const { burst, perSecond } = limits[kind];
    const at = now();
    const bucket = buckets[kind].get(name);
    if (bucket === undefined) {
      const full = { left: burst, at };
      if (buckets[kind].size >= MAX_BUCKETS) buckets[kind].delete(buckets[kind].keys().next().value ?? '');
      buckets[kind].set(name, full);
      return full;
    }
    // A clock that was set back fills nothing and takes nothing.
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, at - bucket.at) / 1000) * perSecond);
    bucket.at = at;
    return bucket;
  }

  function took(kind: Limited, name: string): boolean {
    const bucket = bucketOf(kind, name);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  return {
    took,
    has: (kind, name) => bucketOf(kind, name).left >= 1,
    take(kind, name) {
      if (took(kind, name)) return;
      onLimited(kind);
      const retryAfter = Math.max(1, Math.ceil((1 - bucketOf(kind, name).left) / limits[kind].perSecond));
      throw new StanceError('rate-limited', `Too many requests from this ${kind}. Try again in ${retryAfter} s.`, { extra: { retryAfter } });
    },
  };
}

/** Addresses of one IPv6 household or host are one: a /64 is what a sender can choose from. */
export function addressOf({ ip }: { readonly ip: string | undefined }): string {
  // Whoever has hung up before anybody looked has none; all of them count as one.
  if (ip === undefined) return 'gone';
  if (!ip.includes(':') || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = tail === undefined ? head.split(':') : [...head.split(':'), ...Array<string>(8).fill('0')];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
