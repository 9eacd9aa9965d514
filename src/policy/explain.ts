/** Why a decision is as it is: what every policy says, those that are off or do not match too. Pure. */
import type { Decision, Obligation, PolicyResult, Words } from '../model/index.ts';
import type { AccessPolicy } from './access.ts';
import type { Asked } from './asked.ts';
import { firstUnmet } from './matching.ts';
import { type Compiled, say } from './saying.ts';

export interface ControlExplanation {
  /** As the file names it. */
  readonly control: string;
  readonly met: boolean;
  readonly because?: Words;
}

export interface PolicyExplanation {
  readonly id: string;
  readonly title?: string;
  readonly state: AccessPolicy['state'];
  /** Whether it is about this request. */
  readonly applies: 'yes' | 'no' | 'unknown';
  /** The first condition that does not hold, or cannot be known; where it does not apply for certain. */
  readonly condition?: { readonly path: string; readonly because: string };
  /** What it says, or would say if it were enforced; where it may apply. */
  readonly result?: PolicyResult;
  readonly controls: readonly ControlExplanation[];
  /** Whether one control is enough. */
  readonly any: boolean;
  readonly obligations: readonly Obligation[];
}

export interface Explanation {
  readonly decision: Decision;
  /** Whether a policy has to grant what is asked for. */
  readonly protected: boolean;
  /** All of the set, in the order of their ids. */
  readonly policies: readonly PolicyExplanation[];
}

function explainPolicy(policy: Compiled, asked: Asked): PolicyExplanation {
  const saying = say(policy, asked);
  const unmet = saying.matched === true ? undefined : firstUnmet(policy.conditions, asked);
  const { grant } = policy;
  const controls = grant === null || grant === 'block' || saying.matched === false ? [] : grant.controls;
  return {
    id: policy.id,
    ...(policy.title === undefined ? {} : { title: policy.title }),
    state: policy.state,
    applies: saying.matched === undefined ? 'unknown' : saying.matched ? 'yes' : 'no',
    ...(unmet === undefined ? {} : { condition: { path: unmet.path, because: unmet.why(asked) } }),
    ...(saying.matched === false ? {} : { result: saying.result }),
    controls: controls.map(({ name, test }) => {
      const lacking = test(asked);
      return { control: name, met: lacking === undefined, ...(lacking === undefined ? {} : { because: lacking.admin }) };
    }),
    any: grant !== null && grant !== 'block' && grant.any,
    obligations: policy.obligations,
  };
}

export const explainPolicies = (
  policies: readonly Compiled[],
  { asked, closed }: { readonly asked: Asked; readonly closed: boolean },
  decision: Decision,
): Explanation => ({ decision, protected: closed, policies: policies.map((policy) => explainPolicy(policy, asked)) });
