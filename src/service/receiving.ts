/** What a device sends, looked at: form, limits, signature, place in its chain; and refused with what the next try needs. */
import { type DecodedEvidence, decodeEvidence, thumbprint, type VerifiedEvidence, type VerifySignature, verifyEvidence } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { type EcPublicJwk, EVIDENCE_MEDIA_TYPE, StanceError } from '../model/index.ts';
import { type Context, instant } from './context.ts';
import type { HeldDevice } from './inventory.ts';

/** Refusals after which there is nothing to sign anew. */
const WITHOUT_NONCE = new Set([
  'device-revoked',
  'device-retired',
  'device-quarantined',
  'jws-malformed',
  'json-ambiguous',
  'jws-type',
  'jws-algorithm',
  'claims-malformed',
  'profile-unknown',
  'audience-mismatch',
]);

const CHANGES_NOTHING: ReadonlySet<VerifiedEvidence['place']> = new Set(['duplicate', 'superseded', 'reopened'] as const);

/** Whether it says of itself that it comes right behind the head: what does not may be an old one sent again. */
const isNext = ({ claims: { stance } }: DecodedEvidence, { epoch, head }: HeldDevice): boolean =>
  stance.epoch === epoch && stance.seq === (head?.epoch === epoch ? head.seq : 0) + 1;

/** The key of the device that a header names; whoever only knows the device's id names none. */
const keyNamed = (kid: string, { jwk, previousJwk }: HeldDevice): EcPublicJwk | undefined =>
  [jwk, previousJwk].find((key) => key !== null && thumbprint(key, sha256) === kid) ?? undefined;

/** `from`: the address, as it is counted. */
export interface Receiver {
  /** `text`: undefined where no evidence was sent. @throws StanceError */
  decode(text: string | undefined, from: string): { readonly evidence: DecodedEvidence; readonly device: HeldDevice | undefined };
  /** @throws StanceError, with the next nonce. */
  checkAhead(evidence: DecodedEvidence, device: HeldDevice | undefined, from: string): VerifySignature;
  /** @throws StanceError, with the next nonce. */
  verify(evidence: DecodedEvidence, device: HeldDevice | undefined, from: string, check: VerifySignature): VerifiedEvidence;
  /** A refusal that brings the next nonce, so that the next try costs one request. */
  withNonce(error: StanceError, id: string, device: HeldDevice | undefined): StanceError;
  mint(device: HeldDevice | undefined, id: string): string;
}

export function createReceiver({ inventory, nonces, store, audience, now, limiter, log }: Context): Receiver {
  const mint = (device: HeldDevice | undefined, id: string): string => nonces.mint(audience, id, 'evidence', device?.nonceFloor);

  /** A refusal brings the next nonce, so that the next try costs one request; unknown devices are answered like known ones. */
  function withNonce(error: StanceError, id: string, device: HeldDevice | undefined): StanceError {
    const nonce = WITHOUT_NONCE.has(error.code) ? {} : { nonce: mint(device, id) };
    return new StanceError(error.code, error.message, { cause: error, extra: { ...error.extra, ...nonce, serviceTime: instant(now()) } });
  }

  /** Counts for this device at this address, and so for no other device there, and for this one nowhere else. */
  const takeBoth = (from: string, device: HeldDevice): void => limiter.take('address', `${from} ${device.id}`);

  /** What is malformed, or names no device, counts against the address. */
  function decode(text: string | undefined, from: string): { evidence: DecodedEvidence; device: HeldDevice | undefined } {
    if (text === undefined) {
      limiter.take('address', from);
      throw new StanceError('unsupported-media-type', `Evidence is sent as ${EVIDENCE_MEDIA_TYPE}.`);
    }
    try {
      const evidence = decodeEvidence(text.trim());
      const device = inventory.get(evidence.claims.iss);
      if (device === undefined) limiter.take('address', from);
      return { evidence, device };
    } catch (error) {
      if (!(error instanceof StanceError && error.code === 'rate-limited')) limiter.take('address', from);
      throw error;
    }
  }

  function verify(evidence: DecodedEvidence, device: HeldDevice | undefined, from: string, check: VerifySignature): VerifiedEvidence {
    try {
      const verified = verifyEvidence(evidence, {
        audience,
        now: now(),
        device,
        stored: device !== undefined && !isNext(evidence, device) && store.evidence(device.id, sha256(evidence.signingInput)) !== null,
        openNonce: (nonce, aud, id, floor) => nonces.open(nonce, aud, id, 'evidence', floor),
        verifySignature: check,
        sha256,
      });
      const { place, nextJwk } = verified;
      // What somebody recorded and sends again proves nothing of who sends it: it counts where it came from.
      if (device !== undefined && CHANGES_NOTHING.has(place)) takeBoth(from, device);
      else if (device !== undefined) limiter.take('device', device.id);
      if (place === 'extends' && nextJwk !== null && store.hasKey(thumbprint(nextJwk, sha256), device?.id))
        throw new StanceError('key-in-use', 'The new key is or was that of another device. Make another one.');
      return verified;
    } catch (error) {
      if (!(error instanceof StanceError)) throw error;
      if (error.code === 'key-mismatch' || error.code === 'signature-invalid') limiter.take('address', from);
      if (error.code === 'signature-invalid' && device !== undefined) takeBoth(from, device);
      // Whoever it is holds the key of before: a disk from then, or the device itself, shut out by a thief who gave the copied key a successor.
      if (error.extra.replaced === true) log.warn({ device: device?.id }, 'evidence under a key that was replaced');
      throw withNonce(error, evidence.claims.iss, device);
    }
  }

  /**
   * Checks the signature of evidence for this service under a key of its device, beside those of the other evidence that came with it. For `verify`, which asks
   * for the same a moment later; where it then is about another key, it is checked anew. What does not verify is refused and counted here, before
   * the next is looked at; an address that is out of tries may still report for devices whose keys it can name.
   */
  function checkAhead(evidence: DecodedEvidence, device: HeldDevice | undefined, from: string): VerifySignature {
    if (device === undefined) return verifySignature;
    const { claims, header, signingInput, signature } = evidence;
    const key = keyNamed(header.kid, device);
    if (!limiter.has('address', from)) {
      if (key !== undefined) takeBoth(from, device);
      else limiter.take('address', from);
    }
    if (key === undefined || claims.aud !== audience) return verifySignature;
    const valid = verifySignature(signingInput, signature, key);
    const check: VerifySignature = (input, of, jwk) => (input === signingInput && of === signature && jwk === key ? valid : verifySignature(input, of, jwk));
    if (!valid) verify(evidence, device, from, check);
    return check;
  }

  return { decode, checkAhead, verify, withNonce, mint };
}
