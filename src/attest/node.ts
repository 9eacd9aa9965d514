/** What this room needs of a platform, on Node: hash, verify, and a signer around a private key. */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import type { EcPublicJwk, Signer } from '../model/index.ts';
import type { Sha256, VerifySignature } from './jws.ts';

export const sha256: Sha256 = (input) => hash('sha256', input, 'base64url');

const MAX_KEPT_KEYS = 20_000;
const keptKeys = new Map<string, KeyObject>();

/** Importing a key costs about as much as verifying with it, so the most recent ones are kept. */
function importKey(jwk: EcPublicJwk): KeyObject {
  const name = jwk.x + jwk.y;
  const kept = keptKeys.get(name);
  if (kept !== undefined) return kept;
  const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, format: 'jwk' });
  if (keptKeys.size >= MAX_KEPT_KEYS) keptKeys.delete(keptKeys.keys().next().value ?? '');
  keptKeys.set(name, key);
  return key;
}

/**
 * r ‖ s (64 bytes; RFC 7518 section 3.4) as the DER that OpenSSL works with: SEQUENCE of two INTEGERs (RFC 3279 section 2.2.3).
 * Node would do it too, for a key wrapped in options: at a third of the cost of the whole verification.
 */
function derSignature(signature: Uint8Array): Uint8Array {
  const der = new Uint8Array(72);
  der[0] = 0x30;
  let length = 2;
  for (let half = 0; half < 64; half += 32) {
    const end = half + 32;
    let first = half;
    while (first < end - 1 && signature[first] === 0) first++;
    // The highest bit would be a sign.
    const padding = (signature[first] as number) >= 0x80 ? 1 : 0;
    der[length++] = 0x02;
    der[length++] = end - first + padding;
    length += padding;
    while (first < end) der[length++] = signature[first++] as number;
  }
  der[1] = length - 2;
  return der.subarray(0, length);
}

/** ES256; false for a key that is not on the curve. */
export const verifySignature: VerifySignature = (input, signature, jwk) => {
  if (signature.length !== 64) return false;
  let key: KeyObject;
  try {
    key = importKey(jwk);
  } catch {
    return false;
  }
  return verify('sha256', input, key, derSignature(signature));
};

/** The public half of a P-256 key as a JWK. */
export function publicJwkOf(key: KeyObject): EcPublicJwk {
  const { kty, crv, x, y } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) throw new TypeError('Not a P-256 key.');
  return { kty, crv, x, y };
}

/** A signer around a key that this process holds. */
export const signerOf = (privateKey: KeyObject): Signer => ({
  publicJwk: publicJwkOf(privateKey),
  sign: async (input) => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
});
