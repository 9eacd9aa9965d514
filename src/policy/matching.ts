/** Whom and what an access policy is about: its `when`, compiled. */
import type { When } from './access.ts';
import type { Asked } from './asked.ts';
import type { Condition, Terms } from './conditions/condition.ts';
import { deviceConditions } from './conditions/device.ts';
import { actionConditions, resourceConditions, sensitivityConditions, userConditions } from './conditions/request.ts';
import { celConditions, networkConditions, riskConditions, timeConditions } from './conditions/session.ts';
import type { Truth } from './truth.ts';

/** Its conditions; all must hold. What is looked up quickest, and rules out most, comes first. */
export const compileConditions = (when: When, terms: Terms): readonly Condition[] => [
  ...actionConditions(when.actions),
  ...resourceConditions(when.resources),
  ...userConditions(when.users),
  ...sensitivityConditions(when.sensitivity),
  ...deviceConditions(when.device),
  ...riskConditions(when.risk),
  ...networkConditions(when.network, terms),
  ...timeConditions(when.time),
  ...celConditions(when.cel),
];

export function matches(conditions: readonly Condition[], asked: Asked): Truth {
  let answer: Truth = true;
  // As `every` does: written out, because each policy comes by here at each decision.
  for (const { test } of conditions) {
    const truth = test(asked);
    if (truth === false) return false;
    if (truth === undefined) answer = undefined;
  }
  return answer;
}

/** The first that does not hold: that is false, or, where none is, cannot be known. */
export function firstUnmet(conditions: readonly Condition[], asked: Asked): Condition | undefined {
  return conditions.find(({ test }) => test(asked) === false) ?? conditions.find(({ test }) => test(asked) === undefined);
}
