/** JWS in compact form (RFC 7515 section 7.1), ES256 only (RFC 7518 section 3.4). Decoding looks; it proves nothing. */
// Not the index: who only verifies must not carry all schemas.
import { StanceError } from '../model/errors.ts';
import type { EcPublicJwk, Signer } from '../model/index.ts';
import { fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.ts';
import { strictJsonProblem } from './strict-json.ts';

export interface JwsHeader {
  readonly alg: 'ES256';
  readonly typ: string;
  readonly kid: string;
}

export interface DecodedJws {
  readonly header: JwsHeader;
  /** The payload as JSON, not yet checked against any schema. */
  readonly payload: unknown;
  /** `header.payload`: the bytes that are signed, and whose hash chains evidence (a signature can be varied). */
  readonly signingInput: Uint8Array;
  /** r ‖ s, 64 bytes. */
  readonly signature: Uint8Array;
}

/** Says whether `signature` over `input` verifies under `jwk`. Handed in, so that this room needs no platform. */
export type VerifySignature = (input: Uint8Array, signature: Uint8Array, jwk: EcPublicJwk) => boolean;

/** Hashes to SHA-256, base64url. Handed in likewise. */
export type Sha256 = (input: Uint8Array | string) => string;

function parseJson(part: string, what: string): unknown {
  const bytes = fromBase64url(part);
  const text = bytes === undefined ? undefined : fromUtf8(bytes);
  if (text === undefined) throw new StanceError('jws-malformed', `The ${what} is not base64url of UTF-8.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StanceError('jws-malformed', `The ${what} is not JSON.`);
  }
  const problem = strictJsonProblem(text);
  if (problem !== undefined) throw new StanceError('json-ambiguous', `The ${what} is not taken: ${problem}.`);
  return value;
}

/**
 * Takes a compact JWS apart.
 * @param expectedType the one JOSE `typ` that is taken here.
 * @throws StanceError `jws-malformed`, `json-ambiguous`, `jws-type`, `jws-algorithm`.
 */
export function decodeJws(compact: string, expectedType: string): DecodedJws {
  const parts = compact.split('.');
  const [protectedPart, payloadPart, signaturePart] = parts;
  if (parts.length !== 3 || !protectedPart || !payloadPart || !signaturePart) throw new StanceError('jws-malformed', 'A compact JWS has three parts.');
  const header = parseJson(protectedPart, 'header');
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw new StanceError('jws-malformed', 'The header is not an object.');
  const { alg, typ, kid, crit } = header as Record<string, unknown>;
  // `none`, HS256 with the public key as secret, RS256: anything but the one algorithm ends here (RFC 8725 section 3.1).
  if (alg !== 'ES256') throw new StanceError('jws-algorithm', `The algorithm is ${JSON.stringify(alg)}; only ES256 is taken.`);
  if (typ !== expectedType) throw new StanceError('jws-type', `The type is ${JSON.stringify(typ)}; ${expectedType} is expected here.`);
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 100) throw new StanceError('jws-malformed', 'The header has no kid.');
  if (crit !== undefined) throw new StanceError('jws-malformed', 'No critical header extension is understood here.');
  const signature = fromBase64url(signaturePart);
  if (signature?.length !== 64) throw new StanceError('jws-malformed', 'An ES256 signature is 64 bytes.');
  return {
    header: { alg, typ: expectedType, kid },
    payload: parseJson(payloadPart, 'payload'),
    signingInput: utf8(compact.slice(0, protectedPart.length + 1 + payloadPart.length)),
    signature,
  };
}

/** The bytes to sign, and how to finish the JWS with their signature. */
export function prepareJws(header: Omit<JwsHeader, 'alg'>, payload: unknown): { signingInput: Uint8Array; finish(signature: Uint8Array): string } {
  const part = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)));
  const input = `${part({ alg: 'ES256', typ: header.typ, kid: header.kid })}.${part(payload)}`;
  return { signingInput: utf8(input), finish: (signature) => `${input}.${toBase64url(signature)}` };
}

/** Signs claims as a JWS of that type. `hash` is that of the signing input: signatures can be varied, what they sign cannot. */
export async function signJws(type: string, claims: unknown, signer: Signer, sha256: Sha256): Promise<{ jws: string; hash: string }> {
  const prepared = prepareJws({ typ: type, kid: thumbprint(signer.publicJwk, sha256) }, claims);
  return { jws: prepared.finish(await signer.sign(prepared.signingInput)), hash: sha256(prepared.signingInput) };
}

/** Of keys that are held for long, such as those of devices, they are asked for again and again. */
const thumbprints = new WeakMap<EcPublicJwk, string>();

/** RFC 7638: the hash of the required members in their fixed order. */
export function thumbprint(jwk: EcPublicJwk, sha256: Sha256): string {
  const known = thumbprints.get(jwk) ?? sha256(`{"crv":"${jwk.crv}","kty":"${jwk.kty}","x":"${jwk.x}","y":"${jwk.y}"}`);
  thumbprints.set(jwk, known);
  return known;
}
