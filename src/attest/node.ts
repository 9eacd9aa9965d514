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

/** ES256; false for a key that is not on the curve. */
export const verifySignature: VerifySignature = (input, signature, jwk) => {
  let key: KeyObject;
  try {
    key = importKey(jwk);
  } catch {
    return false;
  }
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);
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
