/**
 * Access decisions: all matching policies apply, block wins, controls add up, and where none grants nobody gets in.
 * Policies are compiled once to closures; a decision is a walk over them and touches nothing else.
 */
import { checkById } from '../checks/index.ts';
import {
  ASSURANCES,
  type Assurance,
  type Compliance,
  type Decision,
  type EvaluationRequest,
  type Obligation,
  type Outcome,
  type Platform,
  type PolicyResult,
  type Reason,
  type RequiredAction,
  type ToDo,
  type Verdict,
} from '../model/index.ts';
import type { AccessPolicy, Control } from './access.ts';
import { type Condition, type ConditionContext, compileCondition } from './condition.ts';
import type { Directory } from './directory.ts';
import type { Versioned } from './load.ts';

/** What the service knows of a device when it decides. Kept small: there is one for each device in memory. */
export interface DeviceFacts {
  readonly id: string;
  readonly platform: Platform;
  readonly assurance: Assurance;
  readonly compliance: Compliance;
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** Required checks that stand in the way, with what was read. */
  readonly problems: readonly { readonly check: string; readonly because?: string; readonly value?: unknown }[];
  /** When the evidence was observed, ms since the epoch. */
  readonly observedAt: number;
}

export interface DecisionInput {
  readonly id: string;
  readonly request: EvaluationRequest;
  /** null: the request names no device, or one that is not known. */
  readonly device: DeviceFacts | null;
  /** Nothing is granted on a device that is revoked. */
  readonly revoked: boolean;
  /** ms since the epoch. */
  readonly at: number;
  /** The caller's token says that what it claims of subject and session may be believed. */
  readonly trustProperties: boolean;
}

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

/** Three-valued: `undefined` is a condition that cannot be known. */
type Matcher = (asked: Asked) => boolean | undefined;

/** A request with what is looked up for it once, whatever number of policies asks. */
interface Asked {
  readonly input: DecisionInput;
  readonly groups: ReadonlySet<string>;
  conditions?: ConditionContext;
}
interface Unmet {
  readonly outcome: 'challenge' | 'block';
  readonly action?: RequiredAction;
  readonly admin: string;
  readonly user: string;
}
type Requirement = (input: DecisionInput) => Unmet | undefined;

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

/** `*` stands for any text. Linear: no backtracking over what a request brings. */
export function compileGlob(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
    let from = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0 || found + part.length > text.length - last.length) return false;
      from = found + part.length;
    }
    return true;
  };
}

function compileUsers(names: readonly string[] | undefined): ((id: string, groups: ReadonlySet<string>) => boolean) | undefined {
  if (names === undefined) return undefined;
  if (names.includes('*')) return () => true;
  const ids = new Set(names.filter((name) => !name.startsWith('group:')));
  const wanted = names.filter((name) => name.startsWith('group:')).map((name) => name.slice('group:'.length));
  return (id, groups) => ids.has(id) || wanted.some((group) => groups.has(group));
}

function compileMatcher(when: AccessPolicy['when']): Matcher {
  const includes = compileUsers(when.users?.include);
  const excludes = compileUsers(when.users?.exclude);
  const actions = when.actions === undefined || when.actions.includes('*') ? undefined : new Set(when.actions);
  const resources = when.resources?.map(({ type, id }) => ({ type, matches: id === undefined ? undefined : compileGlob(id) }));
  const condition: Condition | undefined = when.cel === undefined ? undefined : compileCondition(when.cel);
  return (asked) => {
    const { groups } = asked;
    const { subject, resource, action } = asked.input.request;
    if (actions !== undefined && !actions.has(action.name)) return false;
    if (
      resources !== undefined &&
      !resources.some(({ type, matches }) => (type === undefined || type === resource.type) && (matches === undefined || matches(resource.id)))
    )
      return false;
    if (includes !== undefined && !includes(subject.id, groups)) return false;
    if (excludes?.(subject.id, groups)) return false;
    if (condition === undefined) return true;
    asked.conditions ??= conditionContext(asked.input);
    return condition(asked.conditions);
  };
}

/** What conditions see. Properties are a caller's word: of one that may not be believed, only names are left. */
function conditionContext({ request, device, trustProperties }: DecisionInput): ConditionContext {
  const { subject, resource, action, context } = request;
  if (trustProperties) return { subject, resource, action, context: context ?? {}, device };
  return {
    subject: { type: subject.type, id: subject.id },
    resource: { type: resource.type, id: resource.id },
    action: { name: action.name },
    context: {},
    device,
  };
}

const minutes = (ms: number): string => `${Math.max(1, Math.round(ms / 60_000))} minutes`;

function requireCompliance(staleMs: number): Requirement {
  return ({ device, revoked, at }) => {
    if (device === null) {
      return {
        outcome: 'block',
        action: 'enroll-device',
        admin: 'The request names no device that is enrolled here.',
        user: 'This device is not known here. Install Stance on it and enroll it.',
      };
    }
    if (revoked) return { outcome: 'block', admin: `Device ${device.id} is revoked.`, user: 'This device may not be used any more. Ask your administrator.' };
    if (at - device.observedAt > staleMs) {
      const age = minutes(at - device.observedAt);
      return {
        outcome: 'challenge',
        action: 'fix-device',
        admin: `Device ${device.id} has not reported for ${age}.`,
        user: `This device has not reported for ${age}. Open Stance on it and choose "Check again".`,
      };
    }
    if (device.compliance === 'compliant' || device.compliance === 'grace') return undefined;
    const unknown = device.compliance === 'unknown';
    return {
      outcome: 'challenge',
      action: 'fix-device',
      admin: `Device ${device.id} is ${device.compliance}: ${device.problems.map(({ check, because }) => (because === undefined ? check : `${check} (${because})`)).join('; ') || 'nothing was appraised'}.`,
      user: unknown
        ? 'Some things about this device could not be read, so it cannot be told whether it is healthy.'
        : 'This device needs attention before it may open this.',
    };
  };
}

/** A claim about the session, believed only from a caller that may be believed. */
const claims = (input: DecisionInput, name: string): unknown => (input.trustProperties ? input.request.context?.[name] : undefined);

function compileControl(control: Control, staleMs: number): Requirement {
  if (control === 'compliant-device') return requireCompliance(staleMs);
  if (control === 'mfa') {
    const unmet: Unmet = {
      outcome: 'challenge',
      action: 'mfa',
      admin: 'No multi-factor authentication is claimed for this session (context.amr).',
      user: 'Confirm that it is you with a second factor.',
    };
    return (input) => {
      // RFC 8176: authentication method references.
      const amr = claims(input, 'amr');
      return Array.isArray(amr) && amr.includes('mfa') ? undefined : unmet;
    };
  }
  if (control === 'terms-of-use') {
    const unmet: Unmet = {
      outcome: 'challenge',
      action: 'terms-of-use',
      admin: 'The terms of use are not accepted (context.terms_of_use).',
      user: 'Read and accept the terms of use.',
    };
    return (input) => (claims(input, 'terms_of_use') === true ? undefined : unmet);
  }
  const wanted = ASSURANCES.indexOf(control.assurance);
  return ({ device, revoked }) => {
    if (device !== null && !revoked && ASSURANCES.indexOf(device.assurance) <= wanted) return undefined;
    return {
      outcome: 'block',
      admin: `The assurance of the device is ${device?.assurance ?? 'not known'}; ${control.assurance} is required.`,
      user: 'This needs a device with a security chip that is enrolled with it.',
    };
  };
}

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
