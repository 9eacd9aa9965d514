/**
 * Where a search goes on, without a table: `place ‖ MAC(search, place)`. The search is everything that was asked, by whom, and by
 * which policies: a token opens nothing else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, StanceError } from '../../model/index.ts';
import type { NonceKey } from '../nonces.ts';

const [PLACE_BYTES, MAC_BYTES] = [4, 16];

export interface PageTokens {
  /** `place`: how many candidates lie before it. */
  mint(search: unknown, place: number): string;
  /** @throws StanceError `bad-request`: not a token of this search. */
  open(search: unknown, token: string): number;
}

/** `keys`: the first mints; all of them open. */
export function createPageTokens(keys: () => readonly [NonceKey, ...NonceKey[]]): PageTokens {
  const mac = (key: NonceKey, search: unknown, place: Uint8Array): Buffer =>
    // The keys are those of nonces; what is signed begins with another word.
    createHmac('sha256', key.secret).update('search-page ').update(place).update(canonicalJson(search)).digest().subarray(0, MAC_BYTES);
  return {
    mint(search, place) {
      const head = Buffer.alloc(PLACE_BYTES);
      head.writeUInt32BE(place);
      return Buffer.concat([head, mac(keys()[0], search, head)]).toString('base64url');
    },
    open(search, token) {
      const bytes = Buffer.from(token, 'base64url');
      const head = bytes.subarray(0, PLACE_BYTES);
      const ours =
        bytes.length === PLACE_BYTES + MAC_BYTES &&
        bytes.toString('base64url') === token &&
        keys().some((key) => timingSafeEqual(mac(key, search, head), bytes.subarray(PLACE_BYTES)));
      if (!ours) throw new StanceError('bad-request', 'The page token is not of this search, or the policies have changed since. Search again without it.');
      return head.readUInt32BE();
    },
  };
}
