/**
 * Reporting: one signed evidence under way at a time, its bytes on disk before they are sent, sent again unchanged until
 * a definitive answer. DESIGN section 5.
 */
import { randomUUID } from 'node:crypto';
import { digestReadings, signEvidence } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import {
  type Check,
  EVIDENCE_PROFILE,
  type EvidenceAnswer,
  type EvidenceClaims,
  type Host,
  type Posture,
  type Reading,
  type Signer,
  StanceError,
} from '../model/index.ts';
import type { Client } from './client.ts';
import type { AgentState, Chain, Enrollment } from './state.ts';

const FULL_EVERY_MS = 7 * 24 * 60 * 60 * 1000;
/** Refusals that mean: this evidence is not and will not be accepted; sign it anew. */
const DEFINITIVE = new Set([
  'nonce-invalid',
  'nonce-expired',
  'nonce-used',
  'clock-skew',
  'full-evidence-required',
  'claims-malformed',
  'chain-gap',
  'chain-fork',
]);
const MAX_TRIES = 3;

export interface Reporter {
  readonly state: AgentState;
  readonly client: Client;
  readonly signer: Signer;
  readonly host: Host;
  readonly checks: readonly Check[];
  readonly version: string;
  /** ms since the epoch, by this device. */
  readonly now: () => number;
}

export interface Observation {
  readonly readings: readonly Reading[];
  /** ISO 8601. */
  readonly observedAt: string;
}

export interface Report {
  readonly answer: EvidenceAnswer;
  readonly jws: string;
  readonly seq: number;
  readonly kind: 'full' | 'heartbeat';
}

const bootedAtOf = (readings: readonly Reading[]): string | undefined => {
  const uptime = readings.find(({ check }) => check === 'device.uptime');
  return uptime?.status === 'known' ? (uptime.value as { bootedAt: string }).bootedAt : undefined;
};

/** How old the oldest reading of each cost class is; a heartbeat says no more of its readings. */
function oldestOf(readings: readonly Reading[], checks: readonly Check[]): Extract<Posture, { kind: 'heartbeat' }>['oldestReadAt'] {
  const oldest: Record<string, string> = {};
  for (const { check, readAt } of readings) {
    const cost = checks.find(({ id }) => id === check)?.cost;
    if (cost !== undefined && (oldest[cost] === undefined || readAt < oldest[cost])) oldest[cost] = readAt;
  }
  return oldest;
}

/** Full after a change, a boot, a new agent, and weekly; a heartbeat otherwise. */
function needsFull(chain: Chain, digest: string, bootedAt: string | undefined, version: string, at: number): boolean {
  const { lastFull } = chain;
  return (
    lastFull === null ||
    chain.digest !== digest ||
    lastFull.version !== version ||
    lastFull.bootedAt !== bootedAt ||
    at - Date.parse(lastFull.at) > FULL_EVERY_MS
  );
}

function claimsOf(
  reporter: Reporter,
  enrollment: Enrollment,
  chain: Chain,
  observation: Observation,
  nonce: string,
  iatMs: number,
  forceFull: boolean,
): EvidenceClaims {
  const { readings, observedAt } = observation;
  const digest = digestReadings(readings, sha256);
  const bootedAt = bootedAtOf(readings);
  const place = {
    observedAt,
    privilege: reporter.host.user.uid === 0 ? ('system' as const) : ('user' as const),
    platform: reporter.host.os,
    ...(bootedAt === undefined ? {} : { bootedAt }),
    epoch: chain.epoch,
    seq: chain.seq + 1,
    prev: chain.hash,
    digest,
  };
  const full = forceFull || needsFull(chain, digest, bootedAt, reporter.version, reporter.now());
  return {
    eat_profile: EVIDENCE_PROFILE,
    iat: Math.floor(iatMs / 1000),
    jti: randomUUID(),
    iss: enrollment.device,
    aud: enrollment.audience,
    eat_nonce: nonce,
    swname: 'stance',
    swversion: [reporter.version, 'semver'],
    stance: full ? { kind: 'full', ...place, readings: [...readings] } : { kind: 'heartbeat', ...place, oldestReadAt: oldestOf(readings, reporter.checks) },
  };
}

/** Moves the chain to what was acknowledged. */
function settle(
  state: AgentState,
  chain: Chain,
  pending: NonNullable<Chain['pending']>,
  answer: EvidenceAnswer,
  reporter: Reporter,
  bootedAt: string | undefined,
): Chain {
  const at = new Date(reporter.now()).toISOString();
  const next: Chain = {
    ...chain,
    seq: pending.seq,
    hash: pending.hash,
    digest: pending.digest,
    lastFull: pending.full ? { at, version: reporter.version, ...(bootedAt === undefined ? {} : { bootedAt }) } : chain.lastFull,
    pending: null,
    nonce: answer.nonce,
    lastReportedAt: at,
  };
  state.update({ chain: next, ...(answer.baseline === undefined ? {} : { baseline: answer.baseline }) });
  return next;
}

/**
 * Reports an observation. What an earlier run signed and perhaps sent goes first, byte for byte: it may have been accepted.
 * @throws StanceError `not-enrolled`, `service-unreachable`, `device-unknown`, `device-revoked`, `chain-…`, `state-unwritable`.
 */
export async function report(reporter: Reporter, enrollment: Enrollment, observe: () => Promise<Observation>): Promise<Report> {
  const { state, client } = reporter;
  const baselineVersion = (): string => state.identity()?.baseline?.version ?? '';
  let chain = state.identity()?.chain;
  if (chain === undefined) throw new StanceError('not-enrolled', 'The chain of this device is missing. Enroll it again.');
  if (chain.pending !== null) {
    const { pending } = chain;
    try {
      chain = settle(state, chain, pending, await client.report(pending.jws, baselineVersion()), reporter, undefined);
    } catch (error) {
      chain = afterRefusal(state, chain, error);
    }
  }
  let forceFull = false;
  let iatMs = reporter.now();
  for (let tries = 1; ; tries++) {
    const nonce = chain.nonce ?? (await client.nonce({ purpose: 'evidence', device: enrollment.device })).nonce;
    const observation = await observe();
    const claims = claimsOf(reporter, enrollment, chain, observation, nonce, iatMs, forceFull);
    const { jws, hash } = await signEvidence(claims, reporter.signer, sha256);
    const full = claims.stance.kind === 'full';
    const pending = { jws, hash, seq: claims.stance.seq, digest: claims.stance.digest, full };
    chain = { ...chain, pending, nonce: null };
    state.update({ chain });
    try {
      const answer = await client.report(jws, baselineVersion());
      settle(state, chain, pending, answer, reporter, bootedAtOf(observation.readings));
      return { answer, jws, seq: pending.seq, kind: claims.stance.kind };
    } catch (error) {
      chain = afterRefusal(state, chain, error);
      if (tries === MAX_TRIES || !(error instanceof StanceError) || error.code.startsWith('chain-') || error.code === 'claims-malformed') throw error;
      forceFull ||= error.code === 'full-evidence-required';
      const serviceTime = Date.parse(String(error.extra.serviceTime));
      if (error.code === 'clock-skew' && !Number.isNaN(serviceTime)) iatMs = serviceTime;
    }
  }
}

/** A definitive refusal frees the place in the chain and brings the next nonce; every other failure leaves the evidence to be sent again. */
function afterRefusal(state: AgentState, chain: Chain, error: unknown): Chain {
  if (!(error instanceof StanceError) || !DEFINITIVE.has(error.code)) throw error;
  const next: Chain = { ...chain, pending: null, nonce: typeof error.extra.nonce === 'string' ? error.extra.nonce : null };
  state.update({ chain: next });
  return next;
}
