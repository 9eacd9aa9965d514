/**
 * Verifies attestation results, and evidence, without asking anybody but for keys. Size, form, type, algorithm, key, signature, issuer,
 * audience, time, claims: nothing is believed before the signature, and whatever is not certain is refused.
 */
import { decodeJws } from '../attest/jws.ts';
import { StanceError } from '../model/errors.ts';
import { EVIDENCE_TYPE } from '../model/jose-types.ts';
import { type EvidencePosture, type ResultClaims, readEvidenceClaims, readResultClaims, VERAISON_PROFILE } from './claims.ts';
import { type Fetch, secureUrl } from './fetch.ts';
import { fetchedKeys, heldKeys, type JsonWebKeySet } from './key-set.ts';

export interface VerifierOptions {
  /** What `iss` must be: the address of the service; for evidence the id of the device. `null`: there must be none. */
  readonly issuer: string | null;
  /** Who you are: what `aud` must name. `null`: there must be none, and the result is for everybody. */
  readonly audience: string | null;
  /** A key set or its address; by default that of the issuer, `/.well-known/jwks.json`. */
  readonly jwks?: JsonWebKeySet | string;
  /** Bearer token for the address of the keys, where it wants one (those of devices do). */
  readonly token?: string;
  /** How far the clock of who signed may be off; 60 s by default. */
  readonly skewMs?: number;
  /** How old a thing may be whatever it says. Evidence has no `exp`: 5 minutes by default; results: until their `exp`. */
  readonly maxAgeMs?: number;
  readonly fetch?: Fetch;
  /** ms since the epoch. */
  readonly now?: () => number;
}

interface Verified {
  readonly issuer: string | null;
  readonly keyId: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  readonly expiresAt: string;
  /** All claims, as they were signed. */
  readonly claims: Readonly<Record<string, unknown>>;
}
export interface VerifiedResult extends Verified, ResultClaims {}
export interface VerifiedDeviceEvidence extends Verified, EvidencePosture {}

export interface Verifier {
  /** @throws StanceError; its `code` says which step refused. */
  verifyResult(compact: string): Promise<VerifiedResult>;
  /**
   * Evidence as the device signed it: by this device, for this audience, recently. Not that it is new: keep the service's nonces for that, or name the one you gave.
   * @throws StanceError; its `code` says which step refused.
   */
  verifyEvidence(compact: string, expected?: { readonly nonce?: string }): Promise<VerifiedDeviceEvidence>;
}

/** That of evidence, the largest thing that is verified. */
const MAX_BYTES = 256 * 1024;
const SKEW_MS = 60_000;
const EVIDENCE_AGE_MS = 5 * 60_000;
/** Times beyond this are no dates. */
const MAX_SECONDS = 253402300799;

function decode(compact: unknown, types: readonly string[]) {
  if (typeof compact !== 'string' || compact.length > MAX_BYTES) throw new StanceError('jws-malformed', `Not a text of at most ${MAX_BYTES} characters.`);
  const [first = EVIDENCE_TYPE, ...others] = types;
  try {
    return decodeJws(compact.trim(), first);
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'jws-type' || others.length === 0) throw error;
    return decode(compact, others);
  }
}

const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= MAX_SECONDS ? value : undefined;

/** @throws StanceError `usage`, `insecure-url` */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience, jwks, token, skewMs = SKEW_MS, maxAgeMs, fetch: fetcher = (url, init) => fetch(url, init), now = Date.now } = options;
  for (const [name, value] of Object.entries({ issuer, audience }))
    if (value !== null && (typeof value !== 'string' || value === ''))
      throw new StanceError('usage', `A verifier needs to know the ${name}: a text, or null for none.`);
  if (jwks === undefined && issuer === null) throw new StanceError('usage', 'Without an issuer, a verifier needs the keys: jwks.');
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const url = typeof jwks === 'string' ? jwks : jwks === undefined ? new URL('/.well-known/jwks.json', secureUrl(issuer ?? '')).href : undefined;
  const keys = url === undefined ? heldKeys(jwks as JsonWebKeySet) : fetchedKeys({ url, headers, fetch: fetcher, now });

  function checkParties({ iss, aud }: Readonly<Record<string, unknown>>): void {
    if ((iss ?? null) !== issuer) throw new StanceError('issuer-mismatch', `Made by ${JSON.stringify(iss)}, not by ${issuer}.`);
    const named = Array.isArray(aud) ? aud.includes(audience) : (aud ?? null) === audience;
    if (!named) throw new StanceError('audience-mismatch', `Made for ${JSON.stringify(aud)}, not for ${audience}.`);
  }

  /** `exp` and the greatest age, whichever ends first; one of both there must be. */
  function checkTimes(claims: Readonly<Record<string, unknown>>, ageMs: number | undefined): { readonly issuedAt: string; readonly expiresAt: string } {
    const [iat, exp, nbf] = [seconds(claims.iat), seconds(claims.exp), seconds(claims.nbf)];
    if (iat === undefined) throw new StanceError('claims-malformed', 'There is no iat: when it was signed.');
    if ((claims.exp !== undefined || ageMs === undefined) && exp === undefined)
      throw new StanceError('claims-malformed', 'There is no exp: until when it holds.');
    if (claims.nbf !== undefined && nbf === undefined) throw new StanceError('claims-malformed', 'The nbf is no time.');
    if (Math.max(iat, nbf ?? 0) * 1000 > now() + skewMs) throw new StanceError('clock-skew', 'It comes from the future. Is the clock right?');
    const ends = Math.min((exp ?? Number.POSITIVE_INFINITY) * 1000, iat * 1000 + (ageMs ?? Number.POSITIVE_INFINITY));
    if (!(now() < ends)) throw new StanceError('result-expired', `It held until ${new Date(ends).toISOString()}. Ask for a new one.`);
    return { issuedAt: new Date(iat * 1000).toISOString(), expiresAt: new Date(ends).toISOString() };
  }

  async function verify(compact: string, types: readonly string[], ageMs: number | undefined): Promise<Verified & { readonly type: string }> {
    const { header, payload, signingInput, signature } = decode(compact, types);
    const key = await keys.find(header.kid);
    const holds = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature as BufferSource, signingInput as BufferSource);
    if (!holds) throw new StanceError('signature-invalid', 'The signature does not verify: the text was changed, or signed by another key.');
    if (typeof payload !== 'object' || payload === null) throw new StanceError('claims-malformed', 'The payload is no object.');
    const claims = payload as Record<string, unknown>;
    checkParties(claims);
    return { issuer, keyId: header.kid, ...checkTimes(claims, ageMs), claims, type: header.typ };
  }

  return {
    async verifyResult(compact) {
      // Veraison's library signs as plain JWT; its profile says what it is.
      const { type, ...verified } = await verify(compact, [EVIDENCE_TYPE, 'JWT'], maxAgeMs);
      const result = readResultClaims(verified.claims);
      if (type !== EVIDENCE_TYPE && result.profile !== VERAISON_PROFILE)
        throw new StanceError('jws-type', `The type is ${type}; ${EVIDENCE_TYPE} is expected here.`);
      return { ...verified, ...result };
    },
    async verifyEvidence(compact, expected = {}) {
      const { type: _type, ...verified } = await verify(compact, [EVIDENCE_TYPE], maxAgeMs ?? EVIDENCE_AGE_MS);
      const posture = readEvidenceClaims(verified.claims);
      if (expected.nonce !== undefined && verified.claims.eat_nonce !== expected.nonce)
        throw new StanceError('nonce-invalid', 'It does not answer the nonce that was given.');
      return { ...verified, ...posture };
    },
  };
}
