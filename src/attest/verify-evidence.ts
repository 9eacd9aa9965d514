/** Verification of evidence, as a list of steps. Pure: everything it needs to know has been fetched before it begins. */
import { type DeviceState, type EcPublicJwk, type ErrorCode, type EvidenceClaims, StanceError } from '../model/index.ts';
import { type KnownDevice, type Place, placeOf } from './chain.ts';
import type { DecodedEvidence } from './evidence.ts';
import { type Sha256, thumbprint, type VerifySignature } from './jws.ts';
import { verifyRotation } from './life.ts';

/** How far ahead of the service's a device's clock may be. */
export const MAX_CLOCK_SKEW_MS = 10 * 60 * 1000;
/** An observation made longer than this before its nonce is history: kept, and never decides. */
export const HISTORY_AFTER_MS = 60_000;

export interface Expectation {
  readonly audience: string;
  /** The service's clock, ms since the epoch. */
  readonly now: number;
  readonly device: KnownDevice | undefined;
  /** This very evidence was accepted before: its hash is in the store. */
  readonly stored: boolean;
  /** Checks a nonce against the service's keys: when it was minted, or why it is not taken. */
  readonly openNonce: (nonce: string, audience: string, device: string, floor: number) => { mintedAt: number } | 'nonce-invalid' | 'nonce-expired';
  readonly verifySignature: VerifySignature;
  readonly sha256: Sha256;
}

export interface VerifiedEvidence {
  readonly claims: EvidenceClaims;
  readonly hash: string;
  /**
   * Where it stands. `duplicate`: it is the head, its answer was lost. `superseded`: accepted long ago. `reopened`: its refusal
   * opened the epoch that is open, and that answer was lost. These three change nothing.
   */
  readonly place: Place | 'duplicate' | 'superseded' | 'reopened';
  /** When its nonce was minted, ms; for the three that change nothing: when it was taken. */
  readonly nonceMintedAt: number;
  /** Observed too long before it was signed to decide anything. */
  readonly history: boolean;
  /** The key that counts from the next evidence on. */
  readonly nextJwk: EcPublicJwk | null;
}

const refuse = (code: ErrorCode, message: string): never => {
  throw new StanceError(code, message);
};

const SHUT: Partial<Record<DeviceState, readonly [ErrorCode, string]>> = {
  pending: ['device-pending', 'This device waits for the approval of an administrator. It will report by itself once that is given.'],
  quarantined: [
    'device-quarantined',
    'Two devices report with the key of this one, so neither is believed. Enroll this device again and ask your administrator.',
  ],
  revoked: ['device-revoked', 'This device is revoked. Ask your administrator.'],
  retired: ['device-retired', 'This device has left. Enroll it again to come back.'],
};

/** What a device in this state is told when it reports; undefined where it may. */
export const shutOut = (state: DeviceState): StanceError | undefined => {
  const shut = SHUT[state];
  return shut === undefined ? undefined : new StanceError(...shut);
};

/** Which of the device's keys signed. @throws StanceError `key-mismatch`, `signature-invalid` */
function verifyKey(evidence: DecodedEvidence, device: KnownDevice, { sha256, verifySignature }: Expectation): 'current' | 'previous' {
  const { kid } = evidence.header;
  const current = kid === thumbprint(device.jwk, sha256);
  const jwk = current ? device.jwk : device.previousJwk;
  if (jwk === null || (!current && kid !== thumbprint(jwk, sha256))) return refuse('key-mismatch', 'The kid does not name the key of this device.');
  if (!verifySignature(evidence.signingInput, evidence.signature, jwk)) return refuse('signature-invalid', 'The signature does not verify.');
  return current ? 'current' : 'previous';
}

/**
 * Audience, device, key, signature, state, nonce, clock, chain; cheap first, and nothing is believed before the signature.
 * @throws StanceError with the code of the first step that refuses.
 */
export function verifyEvidence(evidence: DecodedEvidence, expected: Expectation): VerifiedEvidence {
  const { claims } = evidence;
  const { device } = expected;
  if (claims.aud !== expected.audience) return refuse('audience-mismatch', `Made for ${claims.aud}, not for ${expected.audience}.`);
  if (device === undefined) return refuse('device-unknown', `There is no device ${claims.iss}. Enroll it again.`);
  const key = verifyKey(evidence, device, expected);
  // From here on the sender holds the device's key.
  const shut = shutOut(device.state);
  if (shut !== undefined) throw shut;
  const hash = expected.sha256(evidence.signingInput);
  const settled = { claims, hash, nonceMintedAt: device.nonceFloor, history: false, nextJwk: null };
  // An answer was lost and the device sends the same bytes again: that is not a replay, whatever the nonce's age.
  if (device.head?.hash === hash) return { ...settled, place: 'duplicate' };
  if (expected.stored) return { ...settled, place: 'superseded' };
  if (key === 'previous') throw new StanceError('key-mismatch', 'This key was replaced by another.', { extra: { replaced: true } });
  if (device.openedBy === hash) return { ...settled, place: 'reopened' };
  const nonce = expected.openNonce(claims.eat_nonce, claims.aud, device.id, device.nonceFloor);
  if (typeof nonce === 'string') {
    return refuse(
      nonce,
      nonce === 'nonce-expired'
        ? 'The nonce is older than 15 minutes. Sign again with the one in this answer.'
        : 'The nonce was not made here for this device.',
    );
  }
  if (nonce.mintedAt <= device.nonceFloor) return refuse('nonce-used', 'A younger nonce has been accepted. Sign again with the one in this answer.');
  if (claims.iat * 1000 > expected.now + MAX_CLOCK_SKEW_MS)
    return refuse('clock-skew', `The device's clock is more than ${MAX_CLOCK_SKEW_MS / 60_000} minutes ahead.`);
  const place = placeOf(claims, device);
  const { stance } = claims;
  if (place === 'extends' && stance.kind === 'heartbeat' && stance.digest !== device.head?.digest)
    return refuse('full-evidence-required', 'The readings behind this digest are not known here. Send them all.');
  const observedAt = Date.parse(stance.observedAt);
  return {
    claims,
    hash,
    place,
    nonceMintedAt: nonce.mintedAt,
    history: stance.waited === true || !(observedAt >= nonce.mintedAt - HISTORY_AFTER_MS),
    nextJwk: stance.kind === 'full' && stance.rotation !== undefined ? verifyRotation(claims, stance.rotation, device.jwk, expected) : null,
  };
}
