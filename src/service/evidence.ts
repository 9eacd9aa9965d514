/** A device reports: form, verification, appraisal, commit, answer. */
import type { FastifyInstance } from 'fastify';
import { type ChainHead, type DecodedEvidence, decodeEvidence, verifyEvidence } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { CATALOGUE } from '../checks/index.ts';
import { BASELINE_HEADER, EVIDENCE_MEDIA_TYPE, type EvidenceAnswer, MAX_EVIDENCE_BYTES, type Reading, StanceError } from '../model/index.ts';
import { appraise, baselineFor } from '../policy/index.ts';
import { type Context, instant } from './context.ts';
import { factsOf, type HeldDevice, knownDevice } from './inventory.ts';

/** Refusals after which only whoever holds the key may hear where the chain stands. */
const TELLS_HEAD = new Set(['chain-gap', 'chain-fork', 'full-evidence-required', 'nonce-used']);
const WITHOUT_NONCE = new Set([
  'device-revoked',
  'jws-malformed',
  'json-ambiguous',
  'jws-type',
  'jws-algorithm',
  'claims-malformed',
  'profile-unknown',
  'audience-mismatch',
]);

export function registerEvidence(app: FastifyInstance, context: Context): void {
  const { inventory, nonces, policies, store, audience, now } = context;
  const baselines = new Map((['linux', 'darwin', 'win32'] as const).map((platform) => [platform, baselineFor(policies, platform)]));

  /** A refusal brings the next nonce, so that the next try costs one request; unknown devices are answered like known ones. */
  function withNonce(error: StanceError, device: string, head: ChainHead | null | undefined): StanceError {
    const place = TELLS_HEAD.has(error.code) && head ? { head: { epoch: head.epoch, seq: head.seq, hash: head.hash } } : {};
    const nonce = WITHOUT_NONCE.has(error.code) ? {} : { nonce: nonces.mint(audience, device, 'evidence') };
    return new StanceError(error.code, error.message, { cause: error, extra: { ...nonce, serviceTime: instant(now()), ...place } });
  }

  function verify(evidence: DecodedEvidence, device: HeldDevice | undefined) {
    try {
      const openNonce = (nonce: string, aud: string, id: string) => nonces.open(nonce, aud, id, 'evidence');
      return verifyEvidence(evidence, {
        audience,
        now: now(),
        device: device === undefined ? undefined : knownDevice(device),
        openNonce,
        verifySignature,
        sha256,
      });
    } catch (error) {
      throw error instanceof StanceError ? withNonce(error, evidence.claims.iss, device?.head) : error;
    }
  }

  /** The readings that an evidence stands for: its own, or those that the heartbeat's digest names. Who signs a wrong digest deceives only its own heartbeats. */
  const readingsOf = ({ claims: { stance } }: DecodedEvidence, device: HeldDevice): readonly Reading[] =>
    stance.kind === 'full' ? stance.readings : store.readings(device.id);

  app.addContentTypeParser(EVIDENCE_MEDIA_TYPE, { parseAs: 'string', bodyLimit: MAX_EVIDENCE_BYTES }, (_request, body, done) => done(null, body));

  app.post<{ Body: string }>(
    '/v1/evidence',
    { bodyLimit: MAX_EVIDENCE_BYTES, schema: { summary: 'A device reports: evidence as a compact JWS.', consumes: [EVIDENCE_MEDIA_TYPE] } },
    async (request, reply) => {
      if (typeof request.body !== 'string') throw new StanceError('unsupported-media-type', `Evidence is sent as ${EVIDENCE_MEDIA_TYPE}.`);
      const evidence = decodeEvidence(request.body.trim());
      const device = inventory.get(evidence.claims.iss);
      const verified = verify(evidence, device);
      if (device === undefined) throw new StanceError('device-unknown', 'No such device.');
      const { stance } = verified.claims;
      const baseline = baselines.get(device.platform) ?? null;
      if (verified.duplicate) {
        // The first of the two may be a moment from durable, and what is not durable is not acknowledged.
        await inventory.settle();
        if (device.head?.hash !== verified.hash)
          throw withNonce(new StanceError('store-unavailable', 'The evidence could not be stored. Send it again.'), device.id, undefined);
      } else {
        const readings = readingsOf(evidence, device);
        const at = now();
        const appraisal = appraise(readings, { baseline, platform: device.platform, catalogue: CATALOGUE, at });
        // What was observed before it was signed cannot be from the future.
        const observedAt = Math.min(Date.parse(stance.observedAt) || 0, at);
        const head = { epoch: stance.epoch, seq: stance.seq, hash: verified.hash, nonceMintedAt: verified.nonceMintedAt, digest: stance.digest };
        try {
          await inventory.commit(device, {
            device: device.id,
            head,
            kind: stance.kind,
            jws: request.body.trim(),
            observedAt: instant(observedAt),
            receivedAt: instant(at),
            compliance: appraisal.compliance,
            facts: factsOf(device, appraisal, readings, observedAt),
            factsVersion: policies.version,
          });
        } catch (cause) {
          request.log.error({ err: cause }, 'evidence could not be stored');
          throw withNonce(new StanceError('store-unavailable', 'The evidence could not be stored. Send it again.', { cause }), device.id, undefined);
        }
      }
      const answer: EvidenceAnswer = {
        result: verified.duplicate ? 'duplicate' : 'accepted',
        seq: stance.seq,
        compliance: device.facts?.compliance ?? 'unknown',
        nonce: nonces.mint(audience, device.id, 'evidence'),
        serviceTime: instant(now()),
        reportIntervalMs: context.reportIntervalMs,
        ...(request.headers[BASELINE_HEADER] === (baseline?.version ?? '')
          ? {}
          : { baseline: baseline === null ? null : { id: baseline.document.id, version: baseline.version, document: baseline.document } }),
      };
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(answer));
    },
  );
}
