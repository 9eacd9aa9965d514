/**
 * Access decisions: all matching policies apply, block wins, controls add up, and nobody gets into what is protected where no
 * policy grants it. Policies are compiled once to closures; a decision is a walk over them and touches nothing else.
 */
import type { Decision, Obligation, Outcome, PolicyResult, Reason, ReportOnlyResult, RequiredAction, Words } from '../model/index.ts';
import { type Asked, askAbout, type KnownResource, type Records, timelineFor } from './asked.ts';
import { behind } from './behind.ts';
import { byResource } from './by-resource.ts';
import type { Terms } from './conditions/condition.ts';
import { compileResources } from './conditions/request.ts';
import type { DecisionInput } from './decision-input.ts';
import { type Explanation, explainPolicies } from './explain.ts';
import type { PolicySet } from './policy-set.ts';
import { type Compiled, compilePolicy, type Saying, say, signedInAt } from './saying.ts';
import { changesAt } from './timeline.ts';

/** How often devices are asked to report where nobody sets anything else, ms. */
export const DEFAULT_REPORT_INTERVAL_MS = 5 * 60_000;

export interface EngineOptions {
  /** How often devices report: for what is protected, evidence older than twice this is no evidence. */
  readonly reportIntervalMs: number;
}

export interface Engine {
  decide(input: DecisionInput): Decision;
  /** The decision, with what every policy says, and of those that do not match the first condition that is not met. */
  explain(input: DecisionInput): Explanation;
}

/** Evidence for what is not protected may be this old. */
const LONGEST_STALE_MS = 24 * 60 * 60 * 1000;
/** Longest that a caller may keep an answer, in seconds; and one that the service gives from memory. */
const MAX_AGE_S = 60;
const MAX_AGE_DEGRADED_S = 10;

const NOTHING_GRANTS: Reason = {
  policy: '',
  admin: { en: 'No enforced policy grants this.', de: 'Keine Richtlinie in Kraft erlaubt das.' },
  user: { en: 'Nobody has allowed this. Ask your administrator.', de: 'Das hat niemand erlaubt. Frag deine Administration.' },
};

function recordsOf({ directory }: PolicySet): Records {
  const users = new Map((directory.users ?? []).map(({ id, groups = [], properties = {} }) => [id, { groups: new Set(groups), properties }]));
  const resources = new Map<string, Map<string, KnownResource>>();
  for (const { type, id, properties = {}, protected: closed = false } of directory.resources ?? []) {
    const ofType = resources.get(type) ?? new Map<string, KnownResource>();
    resources.set(type, ofType.set(id, { properties, protected: closed }));
  }
  return { users, resources };
}

const termsOf = ({ directory }: PolicySet): Terms => ({ locations: new Map((directory.locations ?? []).map(({ name, ranges }) => [name, ranges])) });

const NONE: readonly never[] = [];

/** What the enforced policies come to, in the order of their ids. */
interface Sum {
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

const newSum = (): Sum => ({
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
function include<T>(all: T[], one: T): void {
  if (!all.includes(one)) all.push(one);
}

function addReason(sum: Sum, policy: string, outcome: 'challenge' | 'block', admin: Words, user: Words): void {
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

export function compileEngine(set: PolicySet, { reportIntervalMs }: EngineOptions): Engine {
  const [records, terms] = [recordsOf(set), termsOf(set)];
  const approvedApps = new Set<unknown>(set.directory.approvedApps ?? []);
  const all = set.accessPolicies.map(({ document }) => ({ document, compiled: compilePolicy(document, terms, approvedApps) }));
  const alive = all.filter(({ document }) => document.state !== 'off');
  const policiesFor = byResource(alive);
  const timed = alive.some(({ compiled }) => compiled.timed);
  const protections = compileResources(set.protections.flatMap(({ resources }) => resources));

  /** What no directory names is protected: nobody has said that it is open. */
  function ask(input: DecisionInput): { readonly asked: Asked; readonly closed: boolean } {
    const { resource } = input.request;
    const known = records.resources.get(resource.type)?.get(resource.id);
    const closed = known === undefined || known.protected;
    const asked = askAbout(input, records, known, closed ? 2 * reportIntervalMs : LONGEST_STALE_MS);
    if (closed || protections(asked) === false) return { asked, closed };
    return { asked: askAbout(input, records, known, 2 * reportIntervalMs), closed: true };
  }

  /** Seconds until anything that the answer stands on may be otherwise. */
  function maxAge(asked: Asked, sum: Sum): number {
    const { input, staleMs, span } = asked;
    let ms = (input.degraded ? MAX_AGE_DEGRADED_S : MAX_AGE_S) * 1000;
    if (sum.aboutDevice && input.device !== null && span !== undefined) {
      ms = Math.min(ms, input.device.observedAt + staleMs - input.at);
      ms = Math.min(ms, (changesAt(timelineFor(input.device, input.request.resource), input.at) ?? Number.POSITIVE_INFINITY) - input.at);
    }
    if (timed) ms = Math.min(ms, 60_000 - (input.at % 60_000));
    const signedIn = signedInAt(asked);
    if (signedIn !== undefined) ms = Math.min(ms, signedIn + sum.signInMs - input.at);
    return Math.max(0, Math.floor(ms / 1000));
  }

  function outcomeOf(sum: Sum, asked: Asked, closed: boolean): Outcome {
    const { state } = asked.input;
    // A device that was lost or copied is no place to work from, whatever is asked for.
    if (asked.unfit !== undefined && (state === 'revoked' || state === 'quarantined')) {
      const { action, admin, user } = asked.unfit;
      if (action !== undefined) include(sum.actions, action);
      addReason(sum, '', 'block', admin, user);
    }
    if (closed && !sum.granted) {
      sum.blocked = true;
      if (sum.reasons.length === 0) sum.reasons.push(NOTHING_GRANTS);
    }
    return sum.blocked ? 'block' : sum.challenged ? 'challenge' : sum.obligations.length > 0 ? 'restrict' : 'allow';
  }

  function conclude(asked: Asked, closed: boolean, sum: Sum): Decision {
    const { input } = asked;
    const outcome = outcomeOf(sum, asked, closed);
    const obligations = outcome === 'restrict' ? sum.obligations : NONE;
    return {
      decision: outcome === 'allow' || (outcome === 'restrict' && obligations.every((obligation) => input.enforces?.includes(obligation) === true)),
      context: {
        id: input.id,
        outcome,
        reasons: sum.reasons,
        required_actions: sum.actions,
        ...(sum.oneOf.length === 0 ? {} : { required_any: sum.oneOf }),
        obligations,
        ...(outcome === 'restrict' && sum.signInMs !== Number.POSITIVE_INFINITY ? { sign_in_frequency: Math.floor(sum.signInMs / 1000) } : {}),
        policy_version: set.version,
        policies: sum.policies,
        ...behind(asked, { outcome, checks: sum.checks, aboutDevice: sum.aboutDevice }, set.exemptions),
        ...(input.degraded ? { degraded: true as const } : {}),
        max_age: outcome === 'allow' || outcome === 'restrict' ? maxAge(asked, sum) : 0,
      },
    };
  }

  function decide(input: DecisionInput): Decision {
    const { asked, closed } = ask(input);
    const sum = newSum();
    for (const policy of policiesFor(input.request.resource.id)) {
      const saying = say(policy, asked);
      if (saying.matched === false) continue;
      if (policy.state === 'enforced') add(sum, policy, saying);
      else
        sum.policies.report_only.push({ id: policy.id, result: saying.result, ...(saying.firstUnmet === undefined ? {} : { first_unmet: saying.firstUnmet }) });
    }
    return conclude(asked, closed, sum);
  }

  return {
    decide,
    explain: (input) =>
      explainPolicies(
        all.map(({ compiled }) => compiled),
        ask(input),
        decide(input),
      ),
  };
}
