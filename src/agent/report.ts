/**
 * Reporting: one signed evidence under way at a time, its bytes on disk before they are sent, sent again unchanged until
 * a definitive answer. What has not been acknowledged waits in the outbox. DESIGN section 5.
 */
import { performance } from 'node:perf_hooks';
import { Compile } from 'typebox/compile';
import { signEvidence } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { type Check, type EcPublicJwk, type EvidenceAnswer, type Host, type Reading, Reopening, type Signer, StanceError } from '../model/index.ts';
import { bootedAtOf, claimsOf } from './claims.ts';
import type { Client } from './client.ts';
import type { CatalogKeeper } from './os-catalog.ts';
import type { Observation, Outbox } from './outbox.ts';
import type { AgentState, Chain, Identity, Pending } from './state.ts';

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
/** Refusals after which this device has nothing to report any more. */
export const OVER: ReadonlySet<string> = new Set(['device-revoked', 'device-retired', 'device-quarantined', 'device-unknown']);
const MAX_TRIES = 6;

const reopening = Compile(Reopening);

export interface Reporter {
  readonly state: AgentState;
  readonly outbox: Outbox;
  readonly client: Client;
  readonly catalog: CatalogKeeper;
  readonly signer: (jwk: EcPublicJwk) => Signer;
  readonly host: Pick<Host, 'os' | 'user'>;
  readonly checks: readonly Check[];
  readonly version: string;
  /** ms since the epoch, by this device. */
  readonly now: () => number;
}

export interface Report {
  readonly answer: EvidenceAnswer;
  readonly jws: string;
  readonly seq: number;
  /** All readings were sent, not only their digest. */
  readonly full: boolean;
}

/** The observation of this report, and when it was made by `performance.now()`. */
interface Fresh {
  readonly number: number;
  readonly since: number;
}

/** @throws StanceError `not-enrolled` */
function identityOf({ state }: Reporter): Identity {
  const identity = state.identity();
  if (identity === undefined) throw new StanceError('not-enrolled', 'This device is not enrolled any more.');
  return identity;
}

function offsetOf(serviceTime: unknown, { now }: Reporter): Pick<Chain, 'clockOffsetMs'> | Record<string, never> {
  const at = typeof serviceTime === 'string' ? Date.parse(serviceTime) : Number.NaN;
  return Number.isNaN(at) ? {} : { clockOffsetMs: Math.round(at - now()) };
}

/** Signs an observation and keeps the bytes before anybody sees them. */
async function prepare(reporter: Reporter, observation: Observation, fresh: Fresh | undefined): Promise<Pending> {
  const { state, client, signer, host, checks, version } = reporter;
  const { enrollment, chain, nextJwk } = identityOf(reporter);
  const nonce = chain.nonce ?? (await client.nonce({ purpose: 'evidence', device: enrollment.device })).nonce;
  const now = reporter.now() + chain.clockOffsetMs;
  const waited = observation.number !== fresh?.number;
  // How old the one of this report is, is known by a clock that nobody sets.
  const observedAt = fresh === undefined || waited ? Math.min(observation.observedAt + chain.clockOffsetMs, now) : now - (performance.now() - fresh.since);
  const next = nextJwk === null ? null : signer(nextJwk);
  const claims = await claimsOf({ enrollment, chain, readings: observation.readings, waited, observedAt, now, nonce, next, host, checks, version });
  const { jws, hash } = await signEvidence(claims, signer(enrollment.jwk), sha256);
  const full = claims.stance.kind === 'full';
  const bootedAt = bootedAtOf(observation.readings);
  const pending: Pending = {
    ...{ jws, hash, seq: claims.stance.seq, digest: claims.stance.digest, observation: observation.number },
    full: full ? { at: new Date(now).toISOString(), version, checks: checks.length, ...(bootedAt === undefined ? {} : { bootedAt }) } : null,
    nextJwk: full ? nextJwk : null,
  };
  state.update({ chain: { ...chain, pending, nonce: null } });
  return pending;
}

/** Moves the chain to what was acknowledged; a new key takes over in the same step. */
function settle(reporter: Reporter, pending: Pending, answer: EvidenceAnswer): void {
  const { state, outbox } = reporter;
  const { enrollment, chain } = identityOf(reporter);
  state.update({
    chain: {
      ...chain,
      ...{ seq: pending.seq, hash: pending.hash, digest: pending.digest, branch: null, pending: null, nonce: answer.nonce, observed: pending.observation },
      ...(pending.full === null ? {} : { lastFull: pending.full, anchor: pending.hash }),
      ...offsetOf(answer.serviceTime, reporter),
      lastReportedAt: new Date(reporter.now()).toISOString(),
    },
    ...(pending.nextJwk === null ? {} : { enrollment: { ...enrollment, jwk: pending.nextJwk }, nextJwk: null, previousJwk: enrollment.jwk }),
    ...(answer.baseline === undefined ? {} : { baseline: answer.baseline }),
    failingSince: answer.failingSince ?? {},
  });
  outbox.drop(pending.observation);
}

/**
 * The key is not the one that the service knows. One that was restored to before the last rotation knows the key before it, and
 * is brought the new one again; where that is not it either, all is as it was. @throws the refusal, where there is no other key
 */
function changeKey({ state }: Reporter, { enrollment, chain, previousJwk, nextJwk }: Identity, refusal: StanceError): void {
  const other = previousJwk ?? nextJwk;
  if (other === null) throw refusal;
  const { jwk } = enrollment;
  const keys = previousJwk === null ? { nextJwk: null, previousJwk: jwk } : { nextJwk: jwk, previousJwk: null };
  const nonce = typeof refusal.extra.nonce === 'string' ? refusal.extra.nonce : null;
  state.update({ enrollment: { ...enrollment, jwk: other }, ...keys, chain: { ...chain, pending: null, nonce } });
}

/** A definitive refusal frees the place in the chain and brings the next nonce; every other failure leaves the evidence to be sent again. */
function afterRefusal(reporter: Reporter, error: unknown): void {
  if (!(error instanceof StanceError)) throw error;
  if (error.code === 'key-mismatch') {
    changeKey(reporter, identityOf(reporter), error);
    return;
  }
  if (!DEFINITIVE.has(error.code)) throw error;
  const { chain } = identityOf(reporter);
  const { nonce, serviceTime, epoch, head } = error.extra;
  const told: unknown = { epoch, head };
  // Only whoever holds the key is told a new epoch: its first evidence cites the head of the service and our own, in full.
  const adopted: Partial<Chain> = reopening.Check(told)
    ? { epoch: told.epoch, seq: 0, hash: told.head?.hash ?? null, branch: chain.hash, digest: null, anchor: null }
    : {};
  const change: Partial<Chain> = {
    pending: null,
    nonce: typeof nonce === 'string' ? nonce : null,
    ...(error.code === 'full-evidence-required' ? { digest: null } : {}),
    ...adopted,
    ...offsetOf(serviceTime, reporter),
  };
  reporter.state.update({ chain: { ...chain, ...change } });
}

/** What the service knows of releases comes with an answer. One that is not taken changes nothing: the report is accepted either way. */
async function takeCatalog(reporter: Reporter, { osCatalog }: EvidenceAnswer): Promise<void> {
  if (osCatalog === undefined) return;
  try {
    await reporter.catalog.take(osCatalog, identityOf(reporter).enrollment.audience, reporter.client.keys);
  } catch (error) {
    process.emitWarning(`The catalogue of releases was not taken: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Reports everything that waits, in order. What an earlier run signed and perhaps sent goes first, byte for byte: it may have been accepted. */
async function drain(reporter: Reporter, fresh?: Fresh): Promise<Report | undefined> {
  const { outbox, client } = reporter;
  let report: Report | undefined;
  for (let tries = 0; ; ) {
    const { chain, baseline } = identityOf(reporter);
    const waiting = chain.pending === null ? outbox.next(chain.observed) : undefined;
    if (chain.pending === null && waiting === undefined) return report;
    const pending = chain.pending ?? (await prepare(reporter, waiting as Observation, fresh));
    try {
      const answer = await client.report(pending.jws, { baseline: baseline?.version ?? '', osCatalog: reporter.catalog.version() });
      settle(reporter, pending, answer);
      await takeCatalog(reporter, answer);
      report = { answer, jws: pending.jws, seq: pending.seq, full: pending.full !== null };
      tries = 0;
    } catch (error) {
      afterRefusal(reporter, error);
      if (++tries === MAX_TRIES) throw error;
    }
  }
}

/**
 * Observes and reports, what waited first. An observation that cannot be reported now waits.
 * @throws StanceError `not-enrolled`, `service-unreachable`, `device-…`, `chain-…`, `state-unwritable`.
 */
export async function report(reporter: Reporter, observe: () => Promise<readonly Reading[]>): Promise<Report> {
  identityOf(reporter);
  let failure: unknown;
  try {
    await drain(reporter);
  } catch (error) {
    failure = error;
  }
  const readings = await observe();
  const since = performance.now();
  if (failure instanceof StanceError && OVER.has(failure.code)) throw failure;
  const number = reporter.outbox.add({ observedAt: reporter.now(), readings });
  if (failure !== undefined) throw failure;
  const sent = await drain(reporter, { number, since });
  if (sent === undefined) throw new StanceError('internal', 'The observation that was just made is gone from the outbox.');
  return sent;
}
