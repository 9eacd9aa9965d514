/**
 * Nonces without a table: `key id ‖ mintedAt ‖ random ‖ MAC(audience, device, purpose, mintedAt, random)`. DESIGN section 5.
 * All processes with the same keys understand each other's; two keys overlap while they are changed.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

export type NoncePurpose = 'enrollment' | 'evidence' | 'retirement';

export const NONCE_LIFE_MS = 15 * 60 * 1000;
const [RANDOM_BYTES, MAC_BYTES] = [8, 16];
const HEAD_BYTES = 1 + 6 + RANDOM_BYTES;

/** Random bytes are asked for by the page: asking costs as much for few as for many. None is given twice. */
function randomSource(): () => Buffer {
  let page = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used + RANDOM_BYTES > page.length) [page, used] = [randomBytes(4096), 0];
    used += RANDOM_BYTES;
    return page.subarray(used - RANDOM_BYTES, used);
  };
}

type Mac = (text: string, bytes: Uint8Array) => Buffer;
const BLOCK_BYTES = 64;

/**
 * HMAC with SHA-256 (RFC 2104) over a text and bytes, as two hashes in one go each: the object that `createHmac` makes for every one costs more
 * than the hashing, and every evidence asks for two. The key's halves stand before the message, in memory that is used again.
 */
export function createMac(secret: Uint8Array): Mac {
  const key = secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret;
  const outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);
  let inner = Buffer.alloc(1024, 0x36);
  for (const [index, byte] of key.entries()) [outer[index], inner[index]] = [byte ^ 0x5c, byte ^ 0x36];
  return (text, bytes) => {
    const length = BLOCK_BYTES + Buffer.byteLength(text) + bytes.length;
    if (length > inner.length) inner = Buffer.concat([inner], length);
    const written = inner.write(text, BLOCK_BYTES);
    inner.set(bytes, BLOCK_BYTES + written);
    outer.set(hash('sha256', inner.subarray(0, length), 'buffer'), BLOCK_BYTES);
    return hash('sha256', outer, 'buffer');
  };
}

/** How far the clock may be behind the last nonce and still have stood still rather than been set back. */
const MAX_AHEAD_MS = 60_000;

export interface NonceKey {
  /** 0 to 255. */
  readonly id: number;
  readonly secret: Uint8Array;
}

export interface Nonces {
  /**
   * A nonce of 42 characters. `floor`: it is minted later than this (ms). Time goes on from there for a device that has used
   * a nonce of the future: a service whose clock was set back must not shut its devices out until the clock has caught up.
   */
  mint(audience: string, device: string, purpose: NoncePurpose, floor?: number): string;
  /** When it was minted, ms; or why it is not taken. */
  open(nonce: string, audience: string, device: string, purpose: NoncePurpose, floor?: number): { mintedAt: number } | 'nonce-invalid' | 'nonce-expired';
}

/** `keys`: the first mints; all of them open. Asked each time, because they change while the service runs. */
export function createNonces(keys: () => readonly [NonceKey, ...NonceKey[]], now: () => number): Nonces {
  const macs = new WeakMap<NonceKey, Mac>();
  const macOf = (key: NonceKey): Mac => {
    const known = macs.get(key) ?? createMac(key.secret);
    macs.set(key, known);
    return known;
  };
  const mac = (key: NonceKey, head: Uint8Array, audience: string, device: string, purpose: NoncePurpose): Buffer =>
    // Lengths keep the parts apart: no two sets of parts give the same bytes.
    macOf(key)(`${purpose} ${audience.length} ${audience} ${device.length} ${device} `, head).subarray(0, MAC_BYTES);
  const random = randomSource();
  let last = 0;
  return {
    mint(audience, device, purpose, floor = 0) {
      // Strictly rising, so that two nonces of one moment are not taken for one; and by the clock, where that was set back.
      const at = now();
      last = last - at > MAX_AHEAD_MS ? at : Math.max(last + 1, at);
      const head = Buffer.alloc(HEAD_BYTES);
      const [key] = keys();
      head.writeUInt8(key.id, 0);
      head.writeUIntBE(Math.max(last, floor + 1), 1, 6);
      random().copy(head, 7);
      return Buffer.concat([head, mac(key, head, audience, device, purpose)]).toString('base64url');
    },
    open(nonce, audience, device, purpose, floor = 0) {
      const bytes = Buffer.from(nonce, 'base64url');
      if (bytes.length !== HEAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== nonce) return 'nonce-invalid';
      const key = keys().find(({ id }) => id === bytes[0]);
      const head = bytes.subarray(0, HEAD_BYTES);
      if (key === undefined || !timingSafeEqual(mac(key, head, audience, device, purpose), bytes.subarray(HEAD_BYTES))) return 'nonce-invalid';
      const mintedAt = head.readUIntBE(1, 6);
      const clock = Math.max(now(), floor);
      // Minted before the clock was set back: ours, and no longer of any use.
      if (mintedAt > clock + NONCE_LIFE_MS) return 'nonce-expired';
      return clock - mintedAt > NONCE_LIFE_MS ? 'nonce-expired' : { mintedAt };
    },
  };
}
