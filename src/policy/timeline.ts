/**
 * What verdicts mean as time goes by: graces and exemptions end, readings grow old. Worked out once, when evidence is judged,
 * as the few moments at which anything changes; a decision then looks up the one that it falls into. Pure.
 */
import type { CheckStanding, Compliance } from '../model/index.ts';
import type { Assessed, Assessment, Judged } from './assess.ts';
import type { Clock, Clocks } from './clocks.ts';
import { type Exemption, endOf } from './exemption.ts';

/** How a device stands from a moment on. Times are ms since the epoch. */
export interface Span {
  readonly from: number;
  readonly compliance: Compliance;
  /** The soonest end of a grace; while compliance is `grace`. */
  readonly deadline?: number;
  /** Required checks that are not simply right. */
  readonly checks: Readonly<Record<string, CheckStanding>>;
  /** Checks of which the reading has become too old: not known any more. */
  readonly stale: readonly string[];
}
/** In order; the first begins with time itself, so that the same posture is the same whenever it was judged. */
export type Timeline = readonly [Span, ...Span[]];

export interface Count {
  readonly standing: CheckStanding;
  /** Since when it counts as failing, and until when that is tolerated. */
  readonly since?: number;
  readonly deadline?: number;
  readonly stale?: true;
}

/** What bears on a device besides its readings. */
export interface Bearing {
  readonly clocks: Clocks;
  /** Those that name the device, whatever for. */
  readonly exemptions: readonly Exemption[];
}

const OK: Count = { standing: 'ok' };

function countDemand({ demand, verdict, staleAt }: Judged, clock: Clock | undefined, assessedAt: number, at: number): Count {
  // What failed when it was read last has not become better by not being read.
  const stale = staleAt !== undefined && at >= staleAt && verdict !== 'fail' && verdict !== 'unknown';
  const mark = stale ? { stale: true as const } : {};
  const now = stale ? 'unknown' : verdict;
  if (now === 'pass' || now === 'not-applicable') return OK;
  if (now === 'unknown' && demand.unknown !== 'grace') {
    const standing = demand.unknown === 'fail' ? 'failing' : demand.unknown === 'ignore' ? 'ignored' : 'unknown';
    return { standing, ...mark };
  }
  const since = clock?.since ?? (stale ? staleAt : assessedAt);
  const deadline = since + demand.graceMs;
  return at < deadline ? { standing: 'grace', since, deadline, ...mark } : { standing: 'failing', since, ...mark };
}

const WEIGHT: Readonly<Record<CheckStanding, number>> = { ok: 0, ignored: 1, exempt: 2, grace: 3, unknown: 4, failing: 5 };
function worse(a: Count, b: Count): Count {
  if (WEIGHT[a.standing] !== WEIGHT[b.standing]) return WEIGHT[a.standing] > WEIGHT[b.standing] ? a : b;
  return (b.deadline ?? Number.POSITIVE_INFINITY) < (a.deadline ?? Number.POSITIVE_INFINITY) ? b : a;
}

/** The exemption that holds for a check at a moment: one for everything, or for that app. */
export const exemptionOf = (check: string, exemptions: readonly Exemption[], at: number, app?: string): Exemption | undefined =>
  exemptions.find(
    (exemption) =>
      exemption.checks.includes(check) && at < endOf(exemption) && (exemption.apps === undefined || (app !== undefined && exemption.apps.includes(app))),
  );

/** How a check counts at a moment: by the strictest of what is demanded of it. */
export function countCheck({ check, judged }: Assessed, { clocks, exemptions }: Bearing, assessedAt: number, at: number, app?: string): Count {
  let count = OK;
  for (const one of judged) count = worse(count, countDemand(one, clocks[check.id], assessedAt, at));
  return WEIGHT[count.standing] > WEIGHT.exempt && exemptionOf(check.id, exemptions, at, app) !== undefined ? { ...count, standing: 'exempt' } : count;
}

const COMPLIANCE: Readonly<Record<CheckStanding, Compliance>> = {
  ok: 'compliant',
  ignored: 'compliant',
  exempt: 'compliant',
  grace: 'grace',
  unknown: 'unknown',
  failing: 'not-compliant',
};

/** A device that no baseline is for is not compliant: nobody has said what would make it so. */
export function spanAt(assessment: Assessment, bearing: Bearing, at: number, app?: string): Span {
  let total = OK;
  const checks: Record<string, CheckStanding> = {};
  const stale: string[] = [];
  for (const assessed of assessment.checks) {
    const count = countCheck(assessed, bearing, assessment.at, at, app);
    if (count.standing !== 'ok') checks[assessed.check.id] = count.standing;
    if (count.stale) stale.push(assessed.check.id);
    if (count.standing !== 'exempt') total = worse(total, count);
  }
  const compliance = assessment.baselines.length === 0 ? 'not-compliant' : COMPLIANCE[total.standing];
  return { from: at, compliance, ...(compliance === 'grace' && total.deadline !== undefined ? { deadline: total.deadline } : {}), checks, stale };
}

/** Moments behind the assessment at which something may change, in order. */
function turnsOf({ checks, at }: Assessment, { clocks, exemptions }: Bearing): number[] {
  const turns = new Set<number>();
  for (const { check, judged } of checks) {
    for (const { demand, verdict, staleAt } of judged) {
      const began = clocks[check.id]?.since ?? at;
      if (staleAt !== undefined) turns.add(staleAt);
      if (demand.graceMs > 0 && (verdict === 'fail' || demand.unknown === 'grace')) turns.add(began + demand.graceMs).add((staleAt ?? began) + demand.graceMs);
    }
  }
  for (const exemption of exemptions) turns.add(endOf(exemption));
  return [...turns].filter((turn) => turn > at).sort((a, b) => a - b);
}

const same = (a: Span, b: Span): boolean => JSON.stringify({ ...a, from: 0 }) === JSON.stringify({ ...b, from: 0 });

/** `app`: as the device stands for that app, where an exemption is for it alone. */
export function timelineOf(assessment: Assessment, bearing: Bearing, app?: string): Timeline {
  const spans: [Span, ...Span[]] = [{ ...spanAt(assessment, bearing, assessment.at, app), from: 0 }];
  for (const turn of turnsOf(assessment, bearing)) {
    const next = spanAt(assessment, bearing, turn, app);
    if (!same(next, spans.at(-1) ?? spans[0])) spans.push(next);
  }
  return spans;
}

/** The span that a moment falls into. */
export function spanOf(timeline: Timeline, at: number): Span {
  let found = timeline[0];
  for (const span of timeline) {
    if (span.from > at) break;
    found = span;
  }
  return found;
}

/** When the next one begins, if there is one. */
export const changesAt = (timeline: Timeline, at: number): number | undefined => timeline.find(({ from }, index) => index > 0 && from > at)?.from;
