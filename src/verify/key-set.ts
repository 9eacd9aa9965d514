/**
 * The keys to verify with: a set at hand, or one that is fetched (RFC 7517), kept and renewed. Fails closed: no key, no verification.
 * Whoever sends tokens with made-up key ids causes one request a minute, not one each.
 */
import { StanceError } from '../model/errors.ts';
import { type Fetch, fetchText, secureUrl } from './fetch.ts';

/** P-256 keys are what is taken; others in the set are passed over. */
export interface JsonWebKeySet {
  readonly keys: readonly object[];
}

export interface KeySet {
  /** @throws StanceError `key-unknown`, `keys-unavailable` */
  find(kid: string): Promise<CryptoKey>;
}

export interface FetchedKeysOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** After this a set is fetched anew, so that a key that was withdrawn is forgotten. */
const FRESH_MS = 10 * 60_000;
/** A set that cannot be renewed is used up to this age, and then not at all. */
const USABLE_MS = 60 * 60_000;
const UNKNOWN_KID_PAUSE_MS = 60_000;
const FAILURE_PAUSE_MS = 5_000;
const BOUNDS = { timeoutMs: 5_000, maxBytes: 256 * 1024 };
const MAX_KEYS = 1000;

type Keys = ReadonlyMap<string, CryptoKey>;

/** @throws StanceError `keys-unavailable` */
async function importKeys(set: unknown): Promise<Keys> {
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list) || list.length > MAX_KEYS) throw new StanceError('keys-unavailable', 'That is no key set (RFC 7517: {"keys": [...]}).');
  const keys = new Map<string, CryptoKey>();
  for (const jwk of list as unknown[]) {
    const { kty, crv, x, y, kid, use, alg } = (jwk ?? {}) as Record<string, unknown>;
    if (kty !== 'EC' || crv !== 'P-256' || typeof kid !== 'string' || typeof x !== 'string' || typeof y !== 'string') continue;
    if ((use !== undefined && use !== 'sig') || (alg !== undefined && alg !== 'ES256')) continue;
    try {
      keys.set(kid, await crypto.subtle.importKey('jwk', { kty, crv, x, y }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']));
    } catch {
      // Not a point of the curve: nothing verifies with it.
    }
  }
  return keys;
}

const found = (keys: Keys, kid: string): CryptoKey => {
  const key = keys.get(kid);
  if (key === undefined) throw new StanceError('key-unknown', `It names the key ${kid}, which is not in the key set.`);
  return key;
};

/** Keys that the caller has already. */
export function heldKeys(set: JsonWebKeySet): KeySet {
  let keys: Promise<Keys> | undefined;
  return {
    async find(kid) {
      keys ??= importKeys(set);
      return found(await keys, kid);
    },
  };
}

/** Keys behind an address. @throws StanceError `usage`, `insecure-url` */
export function fetchedKeys({ url, headers, fetch, now }: FetchedKeysOptions): KeySet {
  const address = secureUrl(url).href;
  let held: { readonly keys: Keys; readonly at: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let running: Promise<void> | undefined;

  async function load(): Promise<void> {
    triedAt = now();
    try {
      const { status, text } = await fetchText(address, { method: 'GET', headers: { accept: 'application/json', ...headers } }, BOUNDS, fetch);
      if (status !== 200) throw new StanceError('keys-unavailable', `${address} answered ${status}.`);
      held = { keys: await importKeys(JSON.parse(text)), at: triedAt };
      failure = undefined;
    } catch (cause) {
      failure = cause;
    }
  }
  const renew = (): Promise<void> => {
    running ??= load().finally(() => {
      running = undefined;
    });
    return running;
  };
  const age = (): number => (held === undefined ? Number.POSITIVE_INFINITY : now() - held.at);
  const rested = (pauseMs: number): boolean => now() - triedAt >= pauseMs || now() < triedAt;

  return {
    async find(kid) {
      if (running !== undefined) await running;
      if (age() >= FRESH_MS && rested(FAILURE_PAUSE_MS)) await renew();
      else if (held !== undefined && !held.keys.has(kid) && rested(UNKNOWN_KID_PAUSE_MS)) await renew();
      if (held === undefined || age() >= USABLE_MS)
        throw new StanceError('keys-unavailable', `The keys at ${address} cannot be had: ${failure instanceof Error ? failure.message : 'no reason known'}`, {
          cause: failure,
        });
      return found(held.keys, kid);
    },
  };
}
