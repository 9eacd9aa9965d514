/**
 * What a draft of baselines makes of a device as it was: by the values that were kept with a decision, not by the verdicts of then.
 * When single values were read was not kept; they count as read when the evidence was observed. Pure.
 */
import { CATALOGUE } from '../checks/index.ts';
import type { OsCatalog, Reading } from '../model/index.ts';
import { baselinesFor } from './applying.ts';
import { type Assessed, type Assessment, assess } from './assess.ts';
import { type Clocks, moveClocks, NO_CLOCKS } from './clocks.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import { factsOf, wantedChecks } from './facts.ts';
import type { PolicySet } from './policy-set.ts';
import { ticksOf } from './ticks.ts';

/** The device's facts under the draft. `posture` names what it was like: the same name, the same values. Decisions come in the order of their times. */
export type Rejudging = (facts: DeviceFacts, posture: string, about: Pick<DecisionInput, 'owner' | 'tags'>) => DeviceFacts;

interface Held {
  readonly key: string;
  readonly assessment: Assessment;
  readonly clocks: Clocks;
  facts: DeviceFacts;
}

/** Judged anew at least this often, though nothing changed: what a draft asks for may be a matter of days. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A check of which no value was kept was not known then, or not applicable. Whether that was because nobody required it was not kept:
 * where a draft does require it, and that is another answer, it is not known either.
 */
function asThen(assessed: Assessed, { verdicts, timeline }: DeviceFacts): Assessed {
  const { check, reading, reason: _, because: __, ...rest } = assessed;
  const stale = timeline[0].stale.includes(check.id);
  if (reading !== undefined && !stale) return assessed;
  const excused = verdicts[check.id] === 'not-applicable' && !stale;
  const judged = assessed.judged.map(({ demand }) => ({
    demand,
    verdict: excused && check.whenRequired?.(demand.params) === undefined ? ('not-applicable' as const) : ('unknown' as const),
  }));
  const verdict = excused && judged.every((one) => one.verdict === 'not-applicable') ? 'not-applicable' : 'unknown';
  return { ...rest, check, reading, verdict, judged };
}

/** A check that failed though no value of it was read: nothing is there, and only the baseline asked for it (`Check.whenRequired`). */
function notRequired({ verdicts, values = {} }: DeviceFacts, readAt: string): Reading[] {
  // Without any value the evidence could not be had, and why a check failed is not known.
  if (Object.keys(values).length === 0) return [];
  return CATALOGUE.filter(({ id, whenRequired }) => whenRequired !== undefined && values[id] === undefined && verdicts[id] === 'fail').map(({ id }) => ({
    ...{ check: id, status: 'not-applicable' as const, reason: 'not-required' as const, readAt, tookMs: 0 },
  }));
}

export function createRejudging(set: PolicySet, osCatalog: OsCatalog): Rejudging {
  const wanted = wantedChecks(set);
  const groups = new Map((set.directory.users ?? []).map(({ id, groups: of = [] }) => [id, new Set(of)]));
  const named = new Set(set.baselines.flatMap(({ document }) => Object.keys(document.checks)));
  const held = new Map<string, Held>();
  /** Whose a device is, as far as it was seen: a decision says only whether it is that of the person who asks. */
  const owners = new Map<string, string>();

  function assessmentOf(facts: DeviceFacts, owner: string | null, tags: readonly string[]): Assessment {
    const { id, platform, assurance, values = {}, proofs, observedAt: at } = facts;
    const readAt = new Date(at).toISOString();
    const known = Object.entries(values).map(([check, value]): Reading => ({ check, status: 'known', value, readAt, tookMs: 0 }));
    const readings = [...known, ...notRequired(facts, readAt)];
    const ownerGroups = (owner === null ? undefined : groups.get(owner)) ?? new Set<string>();
    const baselines = baselinesFor(set.baselines, { id, platform, assurance, owner, ownerGroups, tags, about: {} }, readings);
    const assessment = assess(readings, { baselines, platform, catalogue: CATALOGUE, osCatalog, at, ...(proofs === undefined ? {} : { proofs }) });
    return { ...assessment, checks: assessment.checks.map((one) => asThen(one, facts)) };
  }

  return (facts, posture, { owner: said, tags = [] }) => {
    const { id, assurance, observedAt } = facts;
    if (said !== null && groups.has(said)) owners.set(id, said);
    const owner = owners.get(id) ?? said;
    const key = `${posture} ${owner} ${Math.floor(observedAt / DAY_MS)}`;
    const before = held.get(id);
    const assessment = before?.key === key ? before.assessment : assessmentOf(facts, owner, tags);
    if (before?.key === key && before.facts.observedAt === observedAt) return before.facts;
    // Between two decisions nobody knows what was; what failed at both has failed all the time.
    const clocks = moveClocks(before?.clocks ?? NO_CLOCKS, ticksOf(assessment, named), { at: observedAt, maxGapMs: Number.POSITIVE_INFINITY });
    if (before?.assessment === assessment && before.clocks === clocks) {
      if (before.facts.observedAt !== observedAt) before.facts = { ...before.facts, observedAt };
      return before.facts;
    }
    const exemptions = set.exemptions.filter(({ devices }) => devices.includes(id));
    const made = factsOf({ id, assurance }, assessment, { clocks, exemptions }, { observedAt, readings: null, wanted });
    held.set(id, { key, assessment, clocks, facts: made });
    return made;
  };
}
