/** What one access policy says of a request: whether it is about it, what of it is lacking. Compiled once; pure. */
import type { Obligation, PolicyResult, RequiredAction, Words } from '../model/index.ts';
import type { AccessPolicy, SessionControl } from './access.ts';
import type { Asked } from './asked.ts';
import type { Condition, Terms } from './conditions/condition.ts';
import { compileRequirements, type Requirement, type Requirements } from './controls.ts';
import { durationMs, lasting } from './duration.ts';
import { compileConditions, firstUnmet, matches } from './matching.ts';
import type { Unmet } from './standing.ts';
import type { Truth } from './truth.ts';

export interface Compiled {
  readonly id: string;
  readonly title: string | undefined;
  readonly state: AccessPolicy['state'];
  readonly conditions: readonly Condition[];
  /** null: it neither grants nor blocks. */
  readonly grant: Requirements | 'block' | null;
  readonly blocked: readonly Unmet[];
  readonly obligations: readonly Obligation[];
  readonly signInMs: number | undefined;
  /** It speaks of the device: what is known of that bears on the decision. */
  readonly aboutDevice: boolean;
  /** Checks that its conditions name. */
  readonly checks: readonly string[];
  readonly timed: boolean;
}

/** Lacking are all of `unmet`, or, with `oneOf`, the first thing that would do. */
export interface Saying {
  readonly matched: Truth;
  readonly result: PolicyResult;
  readonly unmet: readonly Unmet[];
  /** Any of these actions would do. */
  readonly oneOf?: readonly RequiredAction[];
  /** What is lacking first, as the file names it. */
  readonly firstUnmet?: string;
}

const BLOCKS: Unmet = {
  outcome: 'block',
  admin: { en: 'The policy blocks this.', de: 'Die Richtlinie verbietet das.' },
  user: { en: 'This is not allowed here.', de: 'Das ist hier nicht erlaubt.' },
};

const NOTHING: readonly Unmet[] = [];
/** Most policies are not about a request, or have nothing against it: one answer serves them all. */
const NOT_ABOUT_IT: Saying = { matched: false, result: 'satisfied', unmet: NOTHING };
export const SATISFIED: Saying = { matched: true, result: 'satisfied', unmet: NOTHING };

const nameOf = (control: SessionControl): Obligation => (typeof control === 'string' ? control : 'sign-in-frequency');

const DEVICE_CONTROLS = /^(compliant-device$|assurance)/;

export function compilePolicy(document: AccessPolicy, terms: Terms, approvedApps: ReadonlySet<unknown>): Compiled {
  const { id, title, state, when, grant, session = [], message } = document;
  const requirements = grant === undefined ? null : compileRequirements(grant, approvedApps);
  const frequencies = session.flatMap((control) => (typeof control === 'string' ? [] : [durationMs(control['sign-in-frequency'])]));
  return {
    ...{ id, title, state },
    conditions: compileConditions(when, terms),
    grant: requirements,
    blocked: [message === undefined ? BLOCKS : { ...BLOCKS, user: message }],
    obligations: [...new Set(session.map(nameOf))],
    signInMs: frequencies.length === 0 ? undefined : Math.min(...frequencies),
    aboutDevice:
      when.device !== undefined ||
      when.cel?.includes('device') === true ||
      (typeof requirements === 'object' && requirements?.controls.some(({ name }) => DEVICE_CONTROLS.test(name)) === true),
    checks: Object.keys(when.device?.checks ?? {}),
    timed: when.time !== undefined,
  };
}

/** OpenID Connect `auth_time`, seconds since the epoch: when the person signed in; undefined where nobody says. */
export const signedInAt = ({ context: { auth_time: seconds } }: Asked): number | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : undefined;

function signInAgain(ms: number): Unmet {
  const { en, de } = lasting(ms);
  return {
    outcome: 'challenge',
    action: 'sign-in',
    admin: { en: `The person signed in more than ${en} ago (context.auth_time).`, de: `Die Anmeldung liegt mehr als ${de} zurück (context.auth_time).` },
    user: { en: 'Sign in again.', de: 'Melde dich noch einmal an.' },
  };
}

function join(unmet: readonly Unmet[], pick: (one: Unmet) => Words): Words {
  const words = unmet.map(pick);
  return { en: `One of these: ${words.map(({ en }) => en).join(' ')}`, de: `Eines davon: ${words.map(({ de }) => de).join(' ')}` };
}

/** Of several of which one is enough: what can be done, before what cannot. */
function eitherOf(unmet: readonly Unmet[]): Unmet {
  const open = unmet.filter(({ outcome }) => outcome === 'challenge');
  const ways = open.length > 0 ? open : unmet;
  const [first] = ways;
  if (ways.length === 1 && first !== undefined) return first;
  return { outcome: open.length > 0 ? 'challenge' : 'block', admin: join(unmet, ({ admin }) => admin), user: join(ways, ({ user }) => user) };
}

type Lacking = Pick<Saying, 'unmet' | 'oneOf' | 'firstUnmet'>;
const LACKS_NOTHING: Lacking = { unmet: NOTHING };

function lackingOf({ controls, any }: Requirements, asked: Asked): Lacking {
  let unmet: Unmet[] | undefined;
  let first: Requirement | undefined;
  for (const control of controls) {
    const lacking = control.test(asked);
    if (lacking === undefined) {
      if (any) return LACKS_NOTHING;
      continue;
    }
    unmet = [...(unmet ?? []), lacking];
    first ??= control;
  }
  if (unmet === undefined || first === undefined) return LACKS_NOTHING;
  if (!any) return { unmet, firstUnmet: first.name };
  const either = eitherOf(unmet);
  const actions = [...new Set(unmet.flatMap(({ action }) => action ?? []))];
  return {
    unmet: [either],
    firstUnmet: `any of: ${controls.map(({ name }) => name).join(', ')}`,
    ...(either.action === undefined && actions.length > 0 ? { oneOf: actions } : {}),
  };
}

const NOT_UNKNOWN: Pick<Saying, 'firstUnmet'> = {};

/**
 * What a policy says. A condition that cannot be known: a policy that blocks blocks, one that grants does not grant, and asks for
 * its controls and its session all the same.
 */
export function say(policy: Compiled, asked: Asked): Saying {
  const matched = matches(policy.conditions, asked);
  if (matched === false) return NOT_ABOUT_IT;
  const condition = matched === undefined ? firstUnmet(policy.conditions, asked) : undefined;
  const unknown = condition === undefined ? NOT_UNKNOWN : { firstUnmet: condition.path };
  if (policy.grant === 'block') return { matched, result: 'blocked', unmet: policy.blocked, ...unknown };
  let lacking: Lacking = policy.grant === null ? LACKS_NOTHING : lackingOf(policy.grant, asked);
  if (policy.signInMs !== undefined) {
    const at = signedInAt(asked);
    if (at !== undefined && asked.input.at - at > policy.signInMs)
      lacking = { ...lacking, unmet: [...lacking.unmet, signInAgain(policy.signInMs)], firstUnmet: lacking.firstUnmet ?? 'sign-in-frequency' };
  }
  if (lacking.unmet.length > 0) return { matched, result: 'unmet', ...lacking };
  return matched === undefined ? { matched, result: 'unknown', unmet: NOTHING, ...unknown } : SATISFIED;
}
