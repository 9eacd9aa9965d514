/** What the policies that match come to, added up as a decision walks over them. */
import type { Obligation, PolicyResult, Reason, ReportOnlyResult, RequiredAction, Words } from '../model/index.ts';
import { type Compiled, SATISFIED, type Saying } from './saying.ts';

/** What the enforced policies come to, in the order of their ids. */
export interface Sum {
  granted: boolean;
  blocked: boolean;
  challenged: boolean;
  aboutDevice: boolean;
  signInMs: number;
  readonly reasons: Reason[];
  readonly actions: RequiredAction[];
  readonly oneOf: (readonly RequiredAction[])[];
  readonly obligations: Obligation[];
  readonly checks: string[];
  readonly policies: {
    readonly [result in PolicyResult]: string[];
  } & { readonly first_unmet: Record<string, string>; readonly report_only: ReportOnlyResult[] };
}

export const newSum = (): Sum => ({
  granted: false,
  blocked: false,
  challenged: false,
  aboutDevice: false,
  signInMs: Number.POSITIVE_INFINITY,
  reasons: [],
  actions: [],
  oneOf: [],
  obligations: [],
  checks: [],
  policies: { satisfied: [], unmet: [], blocked: [], unknown: [], first_unmet: {}, report_only: [] },
});

/** There are a handful at most: a list is looked through quicker than a set is made. */
export function include<T>(all: T[], one: T): void {
  if (!all.includes(one)) all.push(one);
}

export function addReason(sum: Sum, policy: string, outcome: 'challenge' | 'block', admin: Words, user: Words): void {
  if (outcome === 'block') sum.blocked = true;
  else sum.challenged = true;
  if (!sum.reasons.some((reason) => reason.user.en === user.en)) sum.reasons.push({ policy, admin, user });
}

function add(sum: Sum, policy: Compiled, saying: Saying): void {
  const { matched, result, unmet, oneOf, firstUnmet } = saying;
  sum.policies[result].push(policy.id);
  if (firstUnmet !== undefined) sum.policies.first_unmet[policy.id] = firstUnmet;
  sum.aboutDevice ||= policy.aboutDevice;
  if (matched === true && policy.grant !== null && policy.grant !== 'block') sum.granted = true;
  for (const { outcome, action, admin, user } of unmet) {
    if (action !== undefined) include(sum.actions, action);
    addReason(sum, policy.id, outcome, admin, user);
  }
  if (oneOf !== undefined) sum.oneOf.push(oneOf);
  if (result === 'blocked') for (const check of policy.checks) include(sum.checks, check);
  for (const obligation of policy.obligations) include(sum.obligations, obligation);
  if (policy.signInMs !== undefined) sum.signInMs = Math.min(sum.signInMs, policy.signInMs);
}

/** Adds what a policy says that matches, or may. */
export function count(sum: Sum, policy: Compiled, saying: Saying): void {
  const { result, firstUnmet } = saying;
  if (policy.state === 'enforced') add(sum, policy, saying);
  else sum.policies.report_only.push({ id: policy.id, result, ...(firstUnmet === undefined ? {} : { first_unmet: firstUnmet }) });
}

/** Policies that `Places` can name. */
export const MAX_PLACES = 31;
/** Places in a list of policies, a bit for each. */
export type Places = number;

/** What it comes to where the policies in these places are satisfied, and the others are not about the request. */
export function sumSatisfied(policies: readonly Compiled[], places: Places): Sum {
  const sum = newSum();
  for (let place = 0; place < MAX_PLACES; place++) {
    const policy = policies[place];
    if (policy !== undefined && (places & (1 << place)) !== 0) count(sum, policy, SATISFIED);
  }
  return sum;
}

/** Of one list; there are as many as lists have been matched in other ways. */
const MAX_REMEMBERED = 256;

/** The same, remembered: most requests have nothing against them. Nobody may change what it gives. */
export function rememberSatisfied(policies: readonly Compiled[]): (places: Places) => Sum {
  const sums = new Map<Places, Sum>();
  return (places) => {
    const known = sums.get(places);
    if (known !== undefined) return known;
    if (sums.size >= MAX_REMEMBERED) sums.clear();
    const sum = sumSatisfied(policies, places);
    for (const part of [...Object.values(sum), ...Object.values(sum.policies)]) Object.freeze(part);
    sums.set(places, Object.freeze(sum));
    return sum;
  };
}
