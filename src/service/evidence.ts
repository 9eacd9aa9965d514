/** A device reports: form, verification, appraisal, commit, answer. */
import type { FastifyInstance } from 'fastify';
import { type DecodedEvidence, shutOut, type VerifiedEvidence, type VerifySignature } from '../attest/index.ts';
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
import { createCohort } from './cohort.ts';
import { type Context, instant } from './context.ts';
import { type Arrived, arrivedAt, type DirectRoute } from './direct.ts';
import type { DeviceChange, HeldDevice } from './inventory.ts';
import { addressOf } from './rate-limits.ts';
import { createReceiver, type Receiver } from './receiving.ts';

const PATH = '/v1/evidence';

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

/** A request on its way, from an address, and what its steps have found. */
interface Report extends Arrived<string> {
  decoded: ReturnType<Receiver['decode']>;
  check: VerifySignature;
  catalog?: string;
}
interface Settled {
  readonly report: Report;
  readonly device: HeldDevice;
  readonly result: EvidenceAnswer['result'];
  readonly seq: number;
  json: string;
}

/** What devices report all day is answered directly. */
export function registerEvidence(app: FastifyInstance, context: Context): DirectRoute<string> {
  const { inventory, rules, osCatalog, store, now, metrics } = context;
  const { decode, checkAhead, verify, withNonce, mint } = createReceiver(context);

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
        // The first of two that came at once may be on its way to the disk, and what follows it too.
        await inventory.confirm(() => device.head?.hash === verified.hash || store.evidence(device.id, verified.hash) !== null);
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

  const wantsCatalog = ({ headers }: Report): boolean =>
    // An agent that names no catalogue takes none.
    headers[OS_CATALOG_HEADER] !== undefined && headers[OS_CATALOG_HEADER] !== osCatalog.version;

  function answerTo({ headers, catalog }: Report, device: HeldDevice, result: EvidenceAnswer['result'], seq: number): EvidenceAnswer {
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
      ...(catalog === undefined ? {} : { osCatalog: catalog }),
      ...(headers[BASELINE_HEADER] === (baseline?.version ?? '') ? {} : { baseline }),
    };
  }

  function refuse(report: Report, error: unknown): void {
    if (error instanceof StanceError) metrics.evidence(error.code);
    report.refuse(error);
  }

  const answers = createCohort<Settled>(
    [
      (one) => {
        const { report, device, result, seq } = one;
        // Revoked while its evidence was on the way to the disk: told at once.
        const shut = shutOut(device.state);
        if (shut !== undefined) throw shut;
        metrics.evidence(result);
        one.json = JSON.stringify(answerTo(report, device, result, seq));
      },
      ({ report, json }) => report.send(json),
    ],
    ({ report }, error) => refuse(report, error),
  );

  async function settled(report: Report, evidence: DecodedEvidence, device: HeldDevice, verified: VerifiedEvidence): Promise<void> {
    try {
      const result = await settle(evidence, String(report.text).trim(), device, verified);
      if (wantsCatalog(report)) report.catalog = await osCatalog.signed();
      answers({ report, device, result, seq: verified.claims.stance.seq, json: '' });
    } catch (error) {
      refuse(report, error instanceof StanceError ? withNonce(error, device.id, device) : error);
    }
  }

  const reports = createCohort<Report>(
    [
      (report) => {
        report.decoded = decode(report.text, report.from);
      },
      (report) => {
        report.check = checkAhead(report.decoded.evidence, report.decoded.device, report.from);
      },
      // In one step: what is verified here stands on the head of the device, which what was accepted before has moved.
      (report) => {
        const { evidence, device } = report.decoded;
        const verified = verify(evidence, device, report.from, report.check);
        if (device === undefined) throw new StanceError('device-unknown', 'No such device.');
        settled(report, evidence, device, verified).catch((error) => refuse(report, error));
      },
    ],
    refuse,
  );

  app.addContentTypeParser(EVIDENCE_MEDIA_TYPE, { parseAs: 'string', bodyLimit: MAX_EVIDENCE_BYTES }, (_request, body, done) => done(null, body));

  app.post(
    PATH,
    { bodyLimit: MAX_EVIDENCE_BYTES, schema: { summary: 'A device reports: evidence as a compact JWS.', consumes: [EVIDENCE_MEDIA_TYPE] } },
    (request, reply) => reports(arrivedAt(addressOf(request), request, reply) as Report),
  );
  return {
    path: PATH,
    types: [EVIDENCE_MEDIA_TYPE],
    maxBytes: MAX_EVIDENCE_BYTES,
    // For whom a proxy speaks, and whether it is believed, fastify knows.
    admit: ({ headers, socket: { remoteAddress: ip } }) => (headers['x-forwarded-for'] === undefined ? addressOf({ ip }) : undefined),
    take: (arrived) => reports(arrived as Report),
  };
}
