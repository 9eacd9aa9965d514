/**
 * Evidence: build, decode, verify. DESIGN section 5; EAT, RFC 9711.
 * Verification is pure and reads as a list of steps: everything it needs to know has been fetched before it begins.
 */
import { Compile } from 'typebox/compile';
import {
  canonicalJson,
  type EcPublicJwk,
  ENROLLMENT_TYPE,
  EnrollmentClaims,
  type ErrorCode,
  EVIDENCE_PROFILE,
  EVIDENCE_TYPE,
  EvidenceClaims,
  essence,
  type Reading,
  type Signer,
  StanceError,
} from '../model/index.ts';
import { type DecodedJws, decodeJws, prepareJws, type Sha256, thumbprint, type VerifySignature } from './jws.ts';

const evidenceSchema = Compile(EvidenceClaims);
const enrollmentSchema = Compile(EnrollmentClaims);

/** How far ahead of the service's a device's clock may be. */
export const MAX_CLOCK_SKEW_MS = 10 * 60 * 1000;

/** SHA-256 over the essence of the readings, sorted by check: equal exactly when the posture is. */
export const digestReadings = (readings: readonly Reading[], sha256: Sha256): string =>
  sha256(canonicalJson([...readings].sort((a, b) => (a.check < b.check ? -1 : 1)).map(essence)));

async function sign(type: string, claims: unknown, signer: Signer, sha256: Sha256): Promise<{ jws: string; hash: string }> {
  const prepared = prepareJws({ typ: type, kid: thumbprint(signer.publicJwk, sha256) }, claims);
  return { jws: prepared.finish(await signer.sign(prepared.signingInput)), hash: sha256(prepared.signingInput) };
}

/** Signs evidence. `hash` (of the signing input) is what the next evidence names as `prev`. */
export const signEvidence = (claims: EvidenceClaims, signer: Signer, sha256: Sha256): Promise<{ jws: string; hash: string }> =>
  sign(EVIDENCE_TYPE, claims, signer, sha256);

/** Signs the wish to join with the key that joins. */
export const signEnrollment = async (claims: EnrollmentClaims, signer: Signer, sha256: Sha256): Promise<string> =>
  (await sign(ENROLLMENT_TYPE, claims, signer, sha256)).jws;

export interface DecodedEvidence extends DecodedJws {
  readonly claims: EvidenceClaims;
}

/** First half: form only. @throws StanceError `jws-…`, `claims-malformed`, `profile-unknown`. */
export function decodeEvidence(compact: string): DecodedEvidence {
  const jws = decodeJws(compact, EVIDENCE_TYPE);
  const profile = (jws.payload as { eat_profile?: unknown } | null)?.eat_profile;
  if (profile !== EVIDENCE_PROFILE) throw new StanceError('profile-unknown', `The eat_profile is ${JSON.stringify(profile)}; ${EVIDENCE_PROFILE} is expected.`);
  if (!evidenceSchema.Check(jws.payload)) throw new StanceError('claims-malformed', `The claims do not match ${EVIDENCE_PROFILE}: ${firstError(jws.payload)}`);
  return { ...jws, claims: jws.payload };
}

function firstError(payload: unknown): string {
  const error = evidenceSchema.Errors(payload)[0];
  return error === undefined ? 'unknown reason' : `${error.instancePath || '/'} ${error.message}`;
}

/** Where a device's chain stands: the last accepted evidence. */
export interface ChainHead {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  /** When the nonce of that evidence was minted, ms: a nonce counts once because the next must be younger. */
  readonly nonceMintedAt: number;
  /** Digest of the readings that the service knows; a heartbeat may only repeat it. */
  readonly digest: string;
}

/** What the service knows of the device that an evidence names. */
export interface KnownDevice {
  readonly id: string;
  readonly jwk: EcPublicJwk;
  readonly revoked: boolean;
  /** The epoch given at enrollment; the first evidence opens it. */
  readonly epoch: string;
  readonly head: ChainHead | null;
}

export interface Expectation {
  readonly audience: string;
  /** The service's clock, ms since the epoch. */
  readonly now: number;
  readonly device: KnownDevice | undefined;
  /** Checks a nonce against the service's keys: when it was minted, or why it is not taken. */
  readonly openNonce: (nonce: string, audience: string, device: string) => { mintedAt: number } | 'nonce-invalid' | 'nonce-expired';
  readonly verifySignature: VerifySignature;
  readonly sha256: Sha256;
}

export interface VerifiedEvidence {
  readonly claims: EvidenceClaims;
  readonly hash: string;
  readonly nonceMintedAt: number;
  /** The answer to this evidence was lost: it already is the head. Nothing is written. */
  readonly duplicate: boolean;
}

const refuse = (code: ErrorCode, message: string): never => {
  throw new StanceError(code, message);
};

/**
 * Second half: audience, device, key, signature, nonce, clock, chain; cheap first, and nothing is believed before the signature.
 * @throws StanceError with the code of the first step that refuses.
 */
export function verifyEvidence(evidence: DecodedEvidence, expected: Expectation): VerifiedEvidence {
  const { claims, header } = evidence;
  const { device } = expected;
  if (claims.aud !== expected.audience) return refuse('audience-mismatch', `Made for ${claims.aud}, not for ${expected.audience}.`);
  if (device === undefined) return refuse('device-unknown', `There is no device ${claims.iss}. Enroll it again.`);
  if (header.kid !== thumbprint(device.jwk, expected.sha256)) return refuse('key-mismatch', 'The kid does not name the key of this device.');
  if (!expected.verifySignature(evidence.signingInput, evidence.signature, device.jwk)) return refuse('signature-invalid', 'The signature does not verify.');
  // From here on the sender holds the device's key.
  if (device.revoked) return refuse('device-revoked', `The device ${device.id} is revoked. Ask your administrator.`);
  const hash = expected.sha256(evidence.signingInput);
  const nonce = expected.openNonce(claims.eat_nonce, claims.aud, device.id);
  // The answer to the head was lost and the device sends the same bytes again: that is not a replay, whatever the nonce's age.
  if (device.head?.hash === hash) return { claims, hash, nonceMintedAt: device.head.nonceMintedAt, duplicate: true };
  if (typeof nonce === 'string') {
    return refuse(
      nonce,
      nonce === 'nonce-expired'
        ? 'The nonce is older than 15 minutes. Sign again with the one in this answer.'
        : 'The nonce was not made here for this device.',
    );
  }
  if (device.head !== null && nonce.mintedAt <= device.head.nonceMintedAt)
    return refuse('nonce-used', 'A younger nonce has been accepted. Sign again with the one in this answer.');
  if (claims.iat * 1000 > expected.now + MAX_CLOCK_SKEW_MS)
    return refuse('clock-skew', `The device's clock is more than ${MAX_CLOCK_SKEW_MS / 60_000} minutes ahead.`);
  verifyPlace(claims, device);
  return { claims, hash, nonceMintedAt: nonce.mintedAt, duplicate: false };
}

/** The place in the chain: right behind the head, or the first of the epoch that enrollment gave. */
function verifyPlace({ stance }: EvidenceClaims, { head, epoch }: KnownDevice): void {
  const expectedEpoch = head?.epoch ?? epoch;
  if (stance.epoch !== expectedEpoch) refuse('chain-fork', 'Another epoch is open.');
  const next = (head?.seq ?? 0) + 1;
  if (stance.seq > next) refuse('chain-gap', `Evidence ${next} is expected, this is ${stance.seq}.`);
  if (stance.seq < next || stance.prev !== (head?.hash ?? null)) refuse('chain-fork', `Evidence ${stance.seq} does not extend the head.`);
  if (stance.kind === 'heartbeat' && stance.digest !== head?.digest)
    refuse('full-evidence-required', 'The readings behind this digest are not known here. Send them all.');
}

/** Form and possession of an enrollment: the key that joins has signed. @throws StanceError */
export function verifyEnrollment(compact: string, audience: string, verifySignature: VerifySignature, sha256: Sha256): EnrollmentClaims {
  const jws = decodeJws(compact, ENROLLMENT_TYPE);
  if (!enrollmentSchema.Check(jws.payload)) return refuse('claims-malformed', 'The claims of the enrollment are not of the expected form.');
  const claims = jws.payload;
  if (claims.aud !== audience) return refuse('audience-mismatch', `Made for ${claims.aud}, not for ${audience}.`);
  if (jws.header.kid !== thumbprint(claims.jwk, sha256)) return refuse('key-mismatch', 'The kid does not name the key in the claims.');
  if (!verifySignature(jws.signingInput, jws.signature, claims.jwk)) return refuse('signature-invalid', 'The signature does not verify.');
  return claims;
}
