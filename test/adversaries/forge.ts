/** What attackers make: JWS of any header, any payload, any signature. */
import { signRotation, thumbprint } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { EVIDENCE_TYPE, type EvidenceClaims, type Signer } from '../../src/model/index.ts';
import { createSigner } from '../attest/device.ts';
import type { Device } from './field.ts';

const part = (content: unknown): string => Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)).toString('base64url');

export const headerOf = (signer: Signer) => ({ alg: 'ES256', typ: EVIDENCE_TYPE, kid: thumbprint(signer.publicJwk, sha256) });

/** Header and payload as objects or as the very text, with the signature that is given, or that is made over them. */
export async function forge(header: unknown, payload: unknown, signature: Uint8Array | ((input: Buffer) => Uint8Array | Promise<Uint8Array>)): Promise<string> {
  const input = `${part(header)}.${part(payload)}`;
  const bytes = typeof signature === 'function' ? await signature(Buffer.from(input)) : signature;
  return `${input}.${Buffer.from(bytes).toString('base64url')}`;
}

/** Signed as it should be by that signer, with that text as header or payload. */
export const forgeSigned = (signer: Signer, payload: unknown, header: unknown = headerOf(signer)): Promise<string> =>
  forge(header, payload, (input) => signer.sign(input));

/** Claims with other members below `stance`. */
export const withStance = (claims: EvidenceClaims, change: object): EvidenceClaims =>
  ({ ...claims, stance: { ...claims.stance, ...change } }) as EvidenceClaims;

const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** The other signature that says the same: s → n − s. Anybody can make it of the first. */
export function vary(jws: string): string {
  const [header, payload, signature = ''] = jws.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const other = (ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url')}`;
}

/** Claims of the device's next evidence with a new key in them. `proof`: who proves to hold it, and for which nonce. */
export async function rotationClaims(device: Device, next: Signer = createSigner(), proof: { readonly by?: Signer; readonly nonce?: string } = {}) {
  const from = thumbprint(device.signer.publicJwk, sha256);
  const claims = { iss: device.id, aud: device.joined.audience, eat_nonce: proof.nonce ?? device.chain.nonce, from };
  return withStance(device.claims(), { rotation: { jwk: next.publicJwk, proof: await signRotation(claims, proof.by ?? next, sha256) } });
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The same bytes in another spelling: the last character of 32 or 64 bytes in base64url has bits that mean nothing. */
export const respell = (text: string): string => text.slice(0, -1) + ALPHABET[ALPHABET.indexOf(text.slice(-1)) + 1];
