/**
 * Access decisions: all matching policies apply, block wins, controls add up, and nobody gets into what is protected where no
 * policy grants it. Policies are compiled once to closures; a decision is a walk over them and touches nothing else.
 */
import type { Decision, DecisionContext, Outcome, Reason } from '../model/index.ts';
import { type Asked, askAbout, type KnownResource, type Records, timelineFor } from './asked.ts';
import { behind } from './behind.ts';
import { byResource } from './by-resource.ts';
import type { Terms } from './conditions/condition.ts';
import { compileResources } from './conditions/request.ts';
import type { DecisionInput } from './decision-input.ts';
import { type Explanation, explainPolicies } from './explain.ts';
import type { PolicySet } from './policy-set.ts';
import { type Compiled, compilePolicy, SATISFIED, say, signedInAt } from './saying.ts';
import { addReason, count, include, MAX_PLACES, type Places, rememberSatisfied, type Sum, sumSatisfied } from './sum.ts';
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

export function compileEngine(set: PolicySet, { reportIntervalMs }: EngineOptions): Engine {
  const [records, terms] = [recordsOf(set), termsOf(set)];
  const approvedApps = new Set<unknown>(set.directory.approvedApps ?? []);
  const all = set.accessPolicies.map(({ document }) => ({ document, compiled: compilePolicy(document, terms, approvedApps) }));
  const alive = all.filter(({ document }) => document.state !== 'off');
  const policiesFor = byResource(alive, (policies) => ({ policies, satisfied: rememberSatisfied(policies) }));
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
    const context: { -readonly [member in keyof DecisionContext]: DecisionContext[member] } = {
      id: input.id,
      outcome,
      reasons: sum.reasons,
      required_actions: sum.actions,
      obligations,
      policy_version: set.version,
      policies: sum.policies,
      checks: NONE,
      to_do: NONE,
      max_age: outcome === 'allow' || outcome === 'restrict' ? maxAge(asked, sum) : 0,
    };
    if (sum.oneOf.length > 0) context.required_any = sum.oneOf;
    if (outcome === 'restrict' && sum.signInMs !== Number.POSITIVE_INFINITY) context.sign_in_frequency = Math.floor(sum.signInMs / 1000);
    Object.assign(context, behind(asked, { outcome, checks: sum.checks, aboutDevice: sum.aboutDevice }, set.exemptions));
    if (input.degraded) context.degraded = true;
    return {
      decision: outcome === 'allow' || (outcome === 'restrict' && obligations.every((obligation) => input.enforces?.includes(obligation) === true)),
      context,
    };
  }

  /** Whether nothing is put beside what the policies say. */
  const isWhole = (asked: Asked, closed: boolean, { granted }: Sum): boolean => asked.unfit === undefined && (granted || !closed);

  function decide(input: DecisionInput): Decision {
    const { asked, closed } = ask(input);
    const { policies, satisfied } = policiesFor(input.request.resource.id);
    let places: Places = 0;
    let sum: Sum | undefined;
    for (let place = 0; place < policies.length; place++) {
      const policy = policies[place] as Compiled;
      const saying = say(policy, asked);
      if (saying.matched === false) continue;
      if (sum === undefined && saying === SATISFIED && place < MAX_PLACES) places |= 1 << place;
      else {
        sum ??= sumSatisfied(policies, places);
        count(sum, policy, saying);
      }
    }
    if (sum !== undefined) return conclude(asked, closed, sum);
    const remembered = satisfied(places);
    return conclude(asked, closed, isWhole(asked, closed, remembered) ? remembered : sumSatisfied(policies, places));
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
