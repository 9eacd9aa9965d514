/**
 * Access decisions: all matching policies apply, block wins, controls add up, and where none grants nobody gets in.
 * Policies are compiled once to closures; a decision is a walk over them and touches nothing else.
 */
import { checkById } from '../checks/index.ts';
import type { Decision, Obligation, Outcome, PolicyResult, Reason, RequiredAction, ToDo } from '../model/index.ts';
import type { AccessPolicy } from './access.ts';
import { compileControl, type Requirement } from './controls.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import type { Directory } from './directory.ts';
import type { Versioned } from './load.ts';
import { type Asked, compileMatcher, type Matcher } from './matching.ts';
import type { Unmet } from './standing.ts';

export interface EngineOptions {
  readonly policies: readonly Versioned<AccessPolicy>[];
  /** Of the whole set; every decision cites it. */
  readonly version: string;
  readonly directory: Directory;
  /** Evidence older than twice this is stale. */
  readonly reportIntervalMs: number;
}

export interface Engine {
  decide(input: DecisionInput): Decision;
}

interface Compiled {
  readonly id: string;
  readonly enforced: boolean;
  readonly matches: Matcher;
  readonly blocks: boolean;
  readonly requirements: readonly Requirement[];
  readonly session: readonly Obligation[];
}

const NO_GROUPS: ReadonlySet<string> = new Set();
/** Longest that a caller may keep an answer, in seconds. */
const MAX_AGE_S = 60;
const MAX_TO_DO = 10;

function compilePolicy({ document }: Versioned<AccessPolicy>, staleMs: number): Compiled {
  const { grant } = document;
  return {
    id: document.id,
    enforced: document.state === 'enforced',
    matches: compileMatcher(document.when),
    blocks: 'block' in grant,
    requirements: 'require' in grant ? grant.require.map((control) => compileControl(control, staleMs)) : [],
    session: document.session ?? [],
  };
}

const toDoOf = (device: DeviceFacts): ToDo[] =>
  device.problems.slice(0, MAX_TO_DO).flatMap(({ check: id, because, value }) => {
    const check = checkById(id);
    return check === undefined
      ? []
      : [{ check: id, title: check.title, ...(because === undefined ? {} : { because }), remedy: check.remedy(value, device.platform) }];
  });

const BLOCKED: readonly Unmet[] = [{ outcome: 'block', admin: 'The policy blocks this.', user: 'This is not allowed here.' }];
const NOTHING: readonly Unmet[] = [];
const NOTHING_GRANTS: Reason = { policy: '', admin: 'No enforced policy grants this.', user: 'Nobody has allowed this. Ask your administrator.' };

function unmetBy(requirements: readonly Requirement[], input: DecisionInput): readonly Unmet[] {
  let unmet: Unmet[] | undefined;
  for (const requirement of requirements) {
    const result = requirement(input);
    if (result !== undefined) unmet = [...(unmet ?? []), result];
  }
  return unmet ?? NOTHING;
}

export function compileEngine({ policies, version, directory, reportIntervalMs }: EngineOptions): Engine {
  const staleMs = 2 * reportIntervalMs;
  const compiled = policies.filter(({ document }) => document.state !== 'off').map((policy) => compilePolicy(policy, staleMs));
  const groupsOf = new Map((directory.users ?? []).map(({ id, groups }) => [id, new Set(groups ?? [])]));

  function decide(input: DecisionInput): Decision {
    const { request, device, at } = input;
    const asked: Asked = { input, groups: groupsOf.get(request.subject.id) ?? NO_GROUPS };
    const said = { satisfied: [] as string[], unmet: [] as string[], blocked: [] as string[], report_only: [] as { id: string; result: PolicyResult }[] };
    const reasons: Reason[] = [];
    const actions = new Set<RequiredAction>();
    const obligations = new Set<Obligation>();
    let granted = false;
    let outcome: Outcome = 'allow';
    for (const policy of compiled) {
      const matched = policy.matches(asked);
      if (matched === false) continue;
      // A condition that cannot be known: a policy that blocks blocks, one that grants does not, and its controls are asked for all the same.
      const unmet = policy.blocks ? BLOCKED : unmetBy(policy.requirements, input);
      if (matched === undefined && unmet.length === 0) continue;
      const result = policy.blocks ? 'blocked' : unmet.length > 0 ? 'unmet' : 'satisfied';
      if (!policy.enforced) {
        said.report_only.push({ id: policy.id, result });
        continue;
      }
      said[result].push(policy.id);
      if (matched === true && !policy.blocks) granted = true;
      for (const { outcome: wanted, action, admin, user } of unmet) {
        if (wanted === 'block' || outcome === 'allow') outcome = wanted;
        if (action !== undefined) actions.add(action);
        if (!reasons.some((reason) => reason.user === user)) reasons.push({ policy: policy.id, admin, user });
      }
      for (const obligation of policy.session) obligations.add(obligation);
    }
    if (!granted) {
      outcome = 'block';
      if (reasons.length === 0) reasons.push(NOTHING_GRANTS);
    }
    if (outcome === 'allow' && obligations.size > 0) outcome = 'restrict';
    const ageMs = device === null ? 0 : Math.max(0, at - device.observedAt);
    return {
      decision: outcome === 'allow',
      context: {
        id: input.id,
        outcome,
        reasons,
        required_actions: [...actions],
        obligations: outcome === 'restrict' ? [...obligations] : [],
        policy_version: version,
        policies: said,
        to_do: device !== null && outcome !== 'allow' && actions.has('fix-device') ? toDoOf(device) : [],
        ...(device === null
          ? {}
          : { device: { id: device.id, compliance: device.compliance, assurance: device.assurance, evidence_age: Math.floor(ageMs / 1000) } }),
        max_age: outcome === 'allow' || outcome === 'restrict' ? Math.max(0, Math.min(MAX_AGE_S, Math.floor((staleMs - ageMs) / 1000))) : 0,
      },
    };
  }
  return { decide };
}
