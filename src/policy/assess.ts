/** Readings + baselines → a verdict for each check, and for each thing that is demanded of it. What the verdicts mean as time goes by, `timeline.ts` says. Pure. */
import { defaultParams, judgeReading } from '../checks/run.ts';
import {
  type Check,
  type Cost,
  type NotApplicableReason,
  type OsCatalog,
  type Platform,
  PROOFS,
  type Proof,
  type Reading,
  type UnknownReason,
  type Verdict,
} from '../model/index.ts';
import type { Baseline } from './baseline.ts';
import { type Demand, demandsTogether, type Versioned } from './demands.ts';

export interface Judging {
  /** Those that apply to the device. */
  readonly baselines: readonly Versioned<Baseline>[];
  readonly platform: Platform;
  readonly catalogue: readonly Check[];
  /** Releases and builds; left out: those that were known when Stance was built. */
  readonly osCatalog?: OsCatalog;
  /** Moment of the judgement, ms since the epoch. */
  readonly at: number;
  /** A heartbeat's word that every reading of a cost class was read again, then or later; ms since the epoch. */
  readonly oldestReadAt?: Readonly<Partial<Record<Cost, number>>>;
  /** Readings that are proven further than `reported`, by check. */
  readonly proofs?: Readonly<Record<string, Proof>>;
}

/** What was found of it. */
export interface Finding {
  readonly verdict: Verdict;
  readonly reason?: UnknownReason | NotApplicableReason;
  readonly because?: string;
}

export interface Judged extends Finding {
  readonly demand: Demand;
  /** From then on the reading is too old, ms since the epoch. */
  readonly staleAt?: number;
}

export interface Assessed extends Finding {
  readonly check: Check;
  readonly reading: Reading | undefined;
  readonly proof: Proof;
  /** One for each baseline that asks for it; none: it is shown and does not count. */
  readonly judged: readonly Judged[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Assessment extends Judging {
  readonly checks: readonly Assessed[];
}

/** What the device says of where it runs must agree with the excuse that it makes of it. */
function environmentAgrees(reason: NotApplicableReason, virtual: Reading | undefined): boolean {
  if (reason !== 'container' && reason !== 'wsl' && reason !== 'virtual-machine') return true;
  if (virtual?.status !== 'known') return false;
  const { container, wsl, hypervisor } = virtual.value as { container?: unknown; wsl?: unknown; hypervisor?: unknown };
  if (reason === 'wsl') return wsl === true;
  return typeof (reason === 'container' ? container : hypervisor) === 'string';
}

/** The service decides from catalogue and platform what may be not applicable. */
function isJustified(check: Check, reason: NotApplicableReason, platform: Platform, virtual: Reading | undefined): boolean {
  if (check.read[platform] === undefined) return reason === 'platform';
  return check.excuses?.[platform]?.includes(reason) === true && environmentAgrees(reason, virtual);
}

/** What stands in the way of judging at all: nothing read, too much read, an excuse without a right to it. */
function flawOf(check: Check, reading: Reading | undefined, twice: boolean, virtual: Reading | undefined, platform: Platform): Finding | undefined {
  if (reading === undefined) return { verdict: 'unknown', reason: 'missing' };
  // Two readings of one check: whichever were believed, the other might be the true one.
  if (twice) return { verdict: 'unknown', reason: 'unparsable', because: 'The evidence holds this check more than once.' };
  if (reading.status === 'not-applicable' && !isJustified(check, reading.reason, platform, virtual))
    return { verdict: 'unknown', reason: 'unjustified', because: `"${reading.reason}" is not accepted for this check on this system.` };
  return undefined;
}

/** Parameters with the catalogue put in; both stay the same for as long as policies and catalogue do. */
const completed = new WeakMap<object, { readonly catalog: OsCatalog; readonly params: unknown }>();

/** A check that takes the catalogue of releases is given the one in force, unless the baseline brings its own. */
function withCatalog(check: Check, params: unknown, catalog: OsCatalog | undefined): unknown {
  if (catalog === undefined || !Object.hasOwn((check.params as { properties?: object }).properties ?? {}, 'catalog')) return params;
  const known = completed.get(params as object);
  if (known?.catalog === catalog) return known.params;
  const made = { catalog, params: { catalog, ...(params as object) } };
  completed.set(params as object, made);
  return made.params;
}

/** Members are put in one by one here, and not spread: every evidence comes by. */
function judge(check: Check, reading: Reading, params: unknown, { at, osCatalog }: Judging): Mutable<Finding> {
  const { verdict, because } = judgeReading(check, reading, withCatalog(check, params, osCatalog), at);
  const finding: Mutable<Finding> = { verdict };
  if (reading.status !== 'known') finding.reason = reading.reason;
  if (because !== undefined) finding.because = because;
  return finding;
}

/** The finding by one demand. What would pass and is not proven as far as it must be is unknown; so is, from `staleAt` on, what was read too long ago. */
function judgeDemand(check: Check, demand: Demand, reading: Reading, proof: Proof, judging: Judging): Judged {
  const { at, oldestReadAt } = judging;
  const finding = judge(check, reading, demand.params, judging);
  if (finding.verdict === 'pass' && demand.proof !== undefined && PROOFS.indexOf(proof) < PROOFS.indexOf(demand.proof))
    return { demand, verdict: 'unknown', reason: 'unproven', because: `It is ${proof}, and must be ${demand.proof}.` };
  const judged: Mutable<Judged> = Object.assign(finding, { demand });
  if (demand.maxAgeMs === undefined) return judged;
  // A clock that is ahead makes nothing fresher than it is.
  const readAt = Math.min(at, Math.max(Date.parse(reading.readAt) || 0, oldestReadAt?.[check.cost] ?? 0));
  judged.staleAt = readAt + demand.maxAgeMs;
  return judged;
}

const SEVERITY: Readonly<Record<Verdict, number>> = { 'not-applicable': 0, pass: 1, unknown: 2, fail: 3 };
const worst = (findings: readonly Finding[]): Finding | undefined =>
  findings.reduce<Finding | undefined>((found, next) => (found === undefined || SEVERITY[next.verdict] > SEVERITY[found.verdict] ? next : found), undefined);

interface Read {
  readonly reading: Reading | undefined;
  /** There is another of this check. */
  readonly twice: boolean;
  readonly virtual: Reading | undefined;
}

const NONE: readonly never[] = [];

function assessCheck(check: Check, { reading, twice, virtual }: Read, asked: readonly Demand[], judging: Judging): Assessed {
  const proof = judging.proofs?.[check.id] ?? 'reported';
  const flaw = flawOf(check, reading, twice, virtual, judging.platform);
  if (flaw !== undefined) return { check, reading, proof, ...flaw, judged: asked.map((demand) => ({ demand, ...flaw })) };
  if (reading === undefined) throw new TypeError('A check without a reading has a flaw.');
  // Most are asked for by nobody, and one is made for each check of each evidence: these take no memory.
  const judged = asked.length === 0 ? NONE : asked.map((demand) => judgeDemand(check, demand, reading, proof, judging));
  const { verdict, reason, because } = worst(judged) ?? judge(check, reading, defaultParams(check), judging);
  const assessed: Mutable<Assessed> = { check, reading, proof, judged, verdict };
  if (reason !== undefined) assessed.reason = reason;
  if (because !== undefined) assessed.because = because;
  return assessed;
}

const places = new WeakMap<readonly Check[], ReadonlyMap<string, number>>();
function placesIn(catalogue: readonly Check[]): ReadonlyMap<string, number> {
  const known = places.get(catalogue) ?? new Map(catalogue.map(({ id }, place) => [id, place]));
  places.set(catalogue, known);
  return known;
}

interface Sorted {
  /** By the place of their checks in the catalogue. */
  readonly readings: readonly (Reading | undefined)[];
  /** Places of which there is more than one. */
  readonly doubles: ReadonlySet<number>;
}
const NO_DOUBLES: ReadonlySet<number> = new Set();

/** Agents send readings in the order of the catalogue, so the next place is nearly always the one behind the last: that costs less than looking each up. */
function sorted(readings: readonly Reading[], catalogue: readonly Check[]): Sorted {
  const found = new Array<Reading | undefined>(catalogue.length).fill(undefined);
  let doubles: Set<number> | undefined;
  let next = 0;
  for (const reading of readings) {
    const place = catalogue[next]?.id === reading.check ? next : placesIn(catalogue).get(reading.check);
    if (place === undefined) continue;
    if (found[place] === undefined) found[place] = reading;
    else doubles = (doubles ?? new Set()).add(place);
    next = place + 1;
  }
  return { readings: found, doubles: doubles ?? NO_DOUBLES };
}

/**
 * Judges every check that was read or is demanded.
 * One that is demanded and missing from the readings, claimed not applicable without a right to it, or of the wrong type is `unknown`.
 */
export function assess(read: readonly Reading[], judging: Judging): Assessment {
  const { catalogue } = judging;
  const { readings, doubles } = sorted(read, catalogue);
  const virtual = readings[placesIn(catalogue).get('device.virtual') ?? -1];
  const demands = demandsTogether(judging.baselines, catalogue);
  const checks: Assessed[] = [];
  for (let place = 0; place < catalogue.length; place++) {
    const check = catalogue[place] as Check;
    const reading = readings[place];
    const asked = demands[place] ?? NONE;
    if (reading !== undefined || asked.length > 0) checks.push(assessCheck(check, { reading, twice: doubles.has(place), virtual }, asked, judging));
  }
  return { ...judging, checks };
}
