/**
 * What a draft of baselines makes of a device as it was: by the values that were kept with a decision, not by the verdicts of then.
 * When single values were read was not kept; they count as read when the evidence was observed. Pure.
 */
import { CATALOGUE } from '../checks/index.ts';
import type { OsCatalog, Reading } from '../model/index.ts';
import { baselinesFor } from './applying.ts';
import { type Assessed, type Assessment, assess, ticksOf } from './assess.ts';
import { type Clocks, moveClocks, NO_CLOCKS } from './clocks.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import { factsOf, wantedChecks } from './facts.ts';
import type { PolicySet } from './policy-set.ts';

/** The device's facts under the draft. `posture` names what it was like: the same name, the same values. Decisions come in the order of their times. */
export type Rejudging = (facts: DeviceFacts, posture: string, about: Pick<DecisionInput, 'owner' | 'tags'>) => DeviceFacts;

interface Held {
  readonly key: string;
  readonly assessment: Assessment;
  readonly clocks: Clocks;
  facts: DeviceFacts;
}

/** A check of which no value was kept has the verdict of then: it was not known, or not applicable. */
function asThen(assessed: Assessed, { verdicts, timeline }: DeviceFacts): Assessed {
  const stale = timeline[0].stale.includes(assessed.check.id);
  if (assessed.reading !== undefined && !stale) return assessed;
  const then = verdicts[assessed.check.id];
  const verdict = stale || then !== 'not-applicable' ? 'unknown' : then;
  const { reason: _, because: __, ...rest } = assessed;
  return { ...rest, verdict, judged: assessed.judged.map(({ demand }) => ({ demand, verdict })) };
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
    const readings = Object.entries(values).map(([check, value]): Reading => ({ check, status: 'known', value, readAt, tookMs: 0 }));
    const ownerGroups = (owner === null ? undefined : groups.get(owner)) ?? new Set<string>();
    const baselines = baselinesFor(set.baselines, { id, platform, assurance, owner, ownerGroups, tags, about: {} }, readings);
    const assessment = assess(readings, { baselines, platform, catalogue: CATALOGUE, osCatalog, at, ...(proofs === undefined ? {} : { proofs }) });
    return { ...assessment, checks: assessment.checks.map((one) => asThen(one, facts)) };
  }

  return (facts, posture, { owner: said, tags = [] }) => {
    const { id, assurance, observedAt } = facts;
    if (said !== null && groups.has(said)) owners.set(id, said);
    const owner = owners.get(id) ?? said;
    const key = `${posture} ${owner}`;
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
