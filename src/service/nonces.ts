/**
 * Nonces without a table: `key id ‖ mintedAt ‖ random ‖ MAC(audience, device, purpose, mintedAt, random)`. DESIGN section 5.
 * All processes with the same keys understand each other's; two keys overlap while they are changed.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

export type NoncePurpose = 'enrollment' | 'evidence';

export const NONCE_LIFE_MS = 15 * 60 * 1000;
/** A clock that was set back a little must not make nonces of the future invalid at once. */
const MAX_AHEAD_MS = 60_000;
const [RANDOM_BYTES, MAC_BYTES] = [8, 16];
const HEAD_BYTES = 1 + 6 + RANDOM_BYTES;

export interface NonceKey {
  /** 0 to 255. */
  readonly id: number;
  readonly secret: Uint8Array;
}

export interface Nonces {
  /** A nonce of 42 characters. */
  mint(audience: string, device: string, purpose: NoncePurpose): string;
  /** When it was minted, ms; or why it is not taken. */
  open(nonce: string, audience: string, device: string, purpose: NoncePurpose): { mintedAt: number } | 'nonce-invalid' | 'nonce-expired';
}

/** The first key mints; all of them open. */
export function createNonces(keys: readonly [NonceKey, ...NonceKey[]], now: () => number): Nonces {
  // A secret that is imported once costs a fifth of one that is imported at each use.
  const secrets = new Map(keys.map(({ id, secret }): [number, KeyObject] => [id, createSecretKey(secret)]));
  const mac = (key: NonceKey, head: Uint8Array, audience: string, device: string, purpose: NoncePurpose): Buffer =>
    // Lengths keep the parts apart: no two sets of parts give the same bytes.
    createHmac('sha256', secrets.get(key.id) ?? key.secret)
      .update(`${purpose} ${audience.length} ${audience} ${device.length} ${device} `)
      .update(head)
      .digest()
      .subarray(0, MAC_BYTES);
  let last = 0;
  return {
    mint(audience, device, purpose) {
      // Strictly rising, so that two nonces of one moment are not taken for one.
      last = Math.max(last + 1, now());
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8(keys[0].id, 0);
      head.writeUIntBE(last, 1, 6);
      randomBytes(RANDOM_BYTES).copy(head, 7);
      return Buffer.concat([head, mac(keys[0], head, audience, device, purpose)]).toString('base64url');
    },
    open(nonce, audience, device, purpose) {
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== HEAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== nonce) return 'nonce-invalid';
      const key = keys.find(({ id }) => id === bytes[0]);
      const head = bytes.subarray(0, HEAD_BYTES);
      if (key === undefined || !timingSafeEqual(mac(key, head, audience, device, purpose), bytes.subarray(HEAD_BYTES))) return 'nonce-invalid';
      const mintedAt = head.readUIntBE(1, 6);
      if (mintedAt > now() + MAX_AHEAD_MS) return 'nonce-invalid';
      return now() - mintedAt > NONCE_LIFE_MS ? 'nonce-expired' : { mintedAt };
    },
  };
}
