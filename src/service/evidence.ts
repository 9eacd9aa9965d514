/** A device reports: form, verification, appraisal, commit, answer. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type DecodedEvidence, decodeEvidence, shutOut, thumbprint, type VerifiedEvidence, verifyEvidence } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import {
  BASELINE_HEADER,
  EVIDENCE_MEDIA_TYPE,
  type EvidenceAnswer,
  type EvidenceClaims,
  MAX_EVIDENCE_BYTES,
  OS_CATALOG_HEADER,
  type Reading,
  StanceError,
} from '../model/index.ts';
import { complianceOf, type Seen } from './appraiser.ts';
import { branchOff, reopened } from './branches.ts';
import { type Context, instant } from './context.ts';
import type { DeviceChange, HeldDevice } from './inventory.ts';
import { addressOf } from './rate-limits.ts';

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

/** When the readings that a heartbeat stands for were read again: each in its cost class, then or later. */
function readAgain(stance: EvidenceClaims['stance']): Pick<Seen, 'oldestReadAt'> {
  if (stance.kind === 'full') return {};
  const oldestReadAt = Object.fromEntries(
    (['cheap', 'process', 'slow'] as const).flatMap((cost) => {
      const at = Date.parse(stance.oldestReadAt[cost] ?? '');
      return Number.isFinite(at) ? [[cost, at]] : [];
    }),
  );
  return { oldestReadAt };
}

export function registerEvidence(app: FastifyInstance, context: Context): void {
  const { inventory, nonces, rules, osCatalog, store, audience, now, limiter, metrics, log } = context;

  const mint = (device: HeldDevice | undefined, id: string): string => nonces.mint(audience, id, 'evidence', device?.nonceFloor);

  /** A refusal brings the next nonce, so that the next try costs one request; unknown devices are answered like known ones. */
  function withNonce(error: StanceError, id: string, device: HeldDevice | undefined): StanceError {
    const nonce = WITHOUT_NONCE.has(error.code) ? {} : { nonce: mint(device, id) };
    return new StanceError(error.code, error.message, { cause: error, extra: { ...error.extra, ...nonce, serviceTime: instant(now()) } });
  }

  /** Whether the header names a key of the device: whoever only knows the device's id cannot. */
  const namesKey = ({ header }: DecodedEvidence, { jwk, previousJwk }: HeldDevice): boolean =>
    [jwk, previousJwk].some((key) => key !== null && thumbprint(key, sha256) === header.kid);

  /** Counts for this device at this address, and so for no other device there, and for this one nowhere else. */
  const takeBoth = (from: string, device: HeldDevice): void => limiter.take('address', `${from} ${device.id}`);

  /** What is malformed, or names no device with its key, counts against the address; an address that is out of tries may still report for devices. */
  function decode(request: FastifyRequest): { evidence: DecodedEvidence; device: HeldDevice | undefined } {
    const from = addressOf(request);
    if (typeof request.body !== 'string') {
      limiter.take('address', from);
      throw new StanceError('unsupported-media-type', `Evidence is sent as ${EVIDENCE_MEDIA_TYPE}.`);
    }
    try {
      const evidence = decodeEvidence(request.body.trim());
      const device = inventory.get(evidence.claims.iss);
      if (device === undefined) limiter.take('address', from);
      else if (!limiter.has('address', from)) {
        if (namesKey(evidence, device)) takeBoth(from, device);
        else limiter.take('address', from);
      }
      return { evidence, device };
    } catch (error) {
      if (!(error instanceof StanceError && error.code === 'rate-limited')) limiter.take('address', from);
      throw error;
    }
  }

  function verify(evidence: DecodedEvidence, device: HeldDevice | undefined, request: FastifyRequest): VerifiedEvidence {
    const from = addressOf(request);
    try {
      const verified = verifyEvidence(evidence, {
        audience,
        now: now(),
        device,
        stored: device !== undefined && !isNext(evidence, device) && store.evidence(device.id, sha256(evidence.signingInput)) !== null,
        openNonce: (nonce, aud, id, floor) => nonces.open(nonce, aud, id, 'evidence', floor),
        verifySignature,
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

  /** The readings that an evidence stands for: its own, or those that the heartbeat's digest names. Who signs a wrong digest deceives only its own heartbeats. */
  const readingsOf = ({ claims: { stance } }: DecodedEvidence, device: HeldDevice): readonly Reading[] =>
    stance.kind === 'full' ? stance.readings : store.readings(device.id);

  function accept(evidence: DecodedEvidence, jws: string, device: HeldDevice, verified: VerifiedEvidence): Promise<void> {
    const { stance } = verified.claims;
    const at = now();
    // What was observed before it was signed cannot be from the future.
    const observedAt = Math.min(Date.parse(stance.observedAt) || 0, at);
    const receivedAt = instant(at);
    const { epoch, seq, kind, digest } = stance;
    const { facts, factsVersion, clocks, compliance } = rules().appraiser.judge(device, readingsOf(evidence, device), {
      ...{ at, observedAt, as: verified.history ? 'history' : 'fresh' },
      readings: kind === 'full' ? verified.hash : (device.facts?.readings ?? null),
      ...readAgain(stance),
    });
    const change: DeviceChange = {
      head: { epoch, seq, hash: verified.hash, digest },
      nonceFloor: verified.nonceMintedAt,
      lastReceivedAt: receivedAt,
      // History is kept and decides nothing; what was known before goes on counting, with its age.
      ...(verified.history ? {} : { facts, factsVersion }),
      clocks,
      ...(verified.nextJwk === null ? {} : { jwk: verified.nextJwk, previousJwk: device.jwk }),
      // The first in a new epoch may be anybody's who was told of it; when a second one comes and nobody has gone on in the old one, all is well.
      ...(device.state === 'suspect' && seq > 1 ? { state: 'active', stateReason: null } : {}),
    };
    const row = { epoch, seq, hash: verified.hash, kind, jws, observedAt: instant(observedAt), receivedAt, compliance };
    return inventory.commit(device, change, { evidence: row });
  }

  async function settle(evidence: DecodedEvidence, jws: string, device: HeldDevice, verified: VerifiedEvidence): Promise<EvidenceAnswer['result']> {
    switch (verified.place) {
      case 'extends':
        await accept(evidence, jws, device, verified);
        return 'accepted';
      case 'duplicate':
        // The first of two that came at once may be on its way to the disk.
        await inventory.confirm(() => device.head?.hash === verified.hash);
        return 'duplicate';
      case 'superseded':
        await inventory.confirm(() => true);
        return 'superseded';
      case 'reopened':
        await inventory.confirm(() => device.openedBy === verified.hash);
        throw reopened(device);
      default: {
        const error = await branchOff(context, device, verified, verified.place, jws);
        throw error;
      }
    }
  }

  async function answerTo(device: HeldDevice, result: EvidenceAnswer['result'], seq: number, { headers }: FastifyRequest): Promise<EvidenceAnswer> {
    const at = now();
    const baseline = rules().appraiser.bundle(device);
    return {
      result,
      seq,
      state: device.state,
      compliance: complianceOf(device, at),
      failingSince: Object.fromEntries(Object.entries(device.clocks).map(([check, { since }]) => [check, instant(since)])),
      nonce: mint(device, device.id),
      serviceTime: instant(at),
      reportIntervalMs: context.reportIntervalMs,
      // An agent that names no catalogue takes none.
      ...(headers[OS_CATALOG_HEADER] === undefined || headers[OS_CATALOG_HEADER] === osCatalog.version ? {} : { osCatalog: await osCatalog.signed() }),
      ...(headers[BASELINE_HEADER] === (baseline?.version ?? '') ? {} : { baseline }),
    };
  }

  app.addContentTypeParser(EVIDENCE_MEDIA_TYPE, { parseAs: 'string', bodyLimit: MAX_EVIDENCE_BYTES }, (_request, body, done) => done(null, body));

  app.post<{ Body: string }>(
    '/v1/evidence',
    { bodyLimit: MAX_EVIDENCE_BYTES, schema: { summary: 'A device reports: evidence as a compact JWS.', consumes: [EVIDENCE_MEDIA_TYPE] } },
    async (request, reply) => {
      try {
        const { evidence, device } = decode(request);
        const verified = verify(evidence, device, request);
        if (device === undefined) throw new StanceError('device-unknown', 'No such device.');
        const result = await settle(evidence, request.body.trim(), device, verified).catch((error) => {
          throw error instanceof StanceError ? withNonce(error, device.id, device) : error;
        });
        // Revoked while its evidence was on the way to the disk: told at once.
        const shut = shutOut(device.state);
        if (shut !== undefined) throw shut;
        metrics.evidence(result);
        const answer = await answerTo(device, result, verified.claims.stance.seq, request);
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
      } catch (error) {
        if (error instanceof StanceError) metrics.evidence(error.code);
        throw error;
      }
    },
  );
}
