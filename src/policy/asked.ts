/** A request as policies see it: what is believed of it, and what is looked up for it once, whatever number of policies asks. */
import type { Proof, Verdict } from '../model/index.ts';
import { addressOf } from './addresses.ts';
import { ASK } from './cel-closures.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import { personOf, type Unmet, unfitness } from './standing.ts';
import { type Span, spanOf, type Timeline } from './timeline.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What the directory knows of users and resources, ready to be looked up. */
export interface Records {
  readonly users: ReadonlyMap<string, { readonly groups: ReadonlySet<string>; readonly properties: Facts }>;
  /** By type, then by id. */
  readonly resources: ReadonlyMap<string, ReadonlyMap<string, KnownResource>>;
}
export interface KnownResource {
  readonly properties: Facts;
  readonly protected: boolean;
}

type CelView = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly input: DecisionInput;
  /** Who asks, by the id of the directory; null where it is no person. */
  readonly person: string | null;
  /** Of the person, by the directory: groups that a caller claims are not believed. */
  readonly groups: ReadonlySet<string>;
  /** The same of whoever the directory has under that id, also where who asks is no person. */
  readonly namesakeGroups: ReadonlySet<string>;
  /** What the caller says of the session; empty where it is not believed. */
  readonly context: Facts;
  readonly subjectProperties: Facts;
  readonly resourceProperties: Facts;
  readonly actionProperties: Facts;
  /** Why the device may not be used by this person; undefined for one that may. */
  readonly unfit: Unmet | undefined;
  /** Evidence that is older than this is no evidence, ms. */
  readonly staleMs: number;
  /** How the device stands now; undefined where no fresh evidence of a device that may be used tells. */
  readonly span: Span | undefined;
  /** context.ip; null where it is no address. Looked up by `ipOf`. */
  ip?: Uint8Array | null;
  /** Why the device is not compliant; null where it is. Looked up by the control. */
  compliance?: Unmet | null;
  /** What CEL sees. Looked up by `celView` and `briefView`. */
  view?: CelView;
  brief?: CelView;
}

const NOTHING: Facts = {};
const NO_GROUPS: ReadonlySet<string> = new Set();

/** Of a device, for what is asked for: an exemption may be for one app alone. */
export const timelineFor = (device: DeviceFacts, { type, id }: Asked['input']['request']['resource']): Timeline =>
  (type === 'app' && device.timelineFor !== undefined && Object.hasOwn(device.timelineFor, id) ? device.timelineFor[id] : undefined) ?? device.timeline;

export const spanFor = (device: DeviceFacts, resource: Asked['input']['request']['resource'], at: number): Span => spanOf(timelineFor(device, resource), at);

const merged = (known: Facts | undefined, told: Facts | undefined): Facts =>
  told === undefined ? (known ?? NOTHING) : known === undefined ? told : { ...known, ...told };

/** RFC 8176: authentication method references. */
export const hasSecondFactor = ({ amr }: Facts): boolean => Array.isArray(amr) && amr.includes('mfa');

/** `known`: the resource, as the directory has it. */
export function askAbout(input: DecisionInput, { users }: Pick<Records, 'users'>, known: KnownResource | undefined, staleMs: number): Asked {
  const { request, device, at, trustProperties } = input;
  const { subject, resource, action } = request;
  const person = personOf(subject);
  const namesake = users.get(subject.id);
  const user = person === null ? undefined : namesake;
  const context = trustProperties ? (request.context ?? NOTHING) : NOTHING;
  const groups = user?.groups ?? NO_GROUPS;
  const unfit = unfitness(input, groups, hasSecondFactor(context));
  const fresh = device !== null && at - device.observedAt <= staleMs;
  return {
    input,
    person,
    groups,
    namesakeGroups: namesake?.groups ?? NO_GROUPS,
    context,
    subjectProperties: merged(user?.properties, trustProperties ? subject.properties : undefined),
    resourceProperties: merged(known?.properties, trustProperties ? resource.properties : undefined),
    actionProperties: (trustProperties ? action.properties : undefined) ?? NOTHING,
    unfit,
    staleMs,
    span: unfit === undefined && fresh ? spanFor(device, resource, at) : undefined,
  };
}

export function ipOf(asked: Asked): Uint8Array | undefined {
  if (asked.ip === undefined) asked.ip = typeof asked.context.ip === 'string' ? (addressOf(asked.context.ip) ?? null) : null;
  return asked.ip ?? undefined;
}

/** As it was judged, unless it has become too old since. */
export function verdictNow(check: string, span: Span, verdicts: Readonly<Record<string, Verdict>>): Verdict {
  return span.stale.includes(check) ? 'unknown' : ((Object.hasOwn(verdicts, check) ? verdicts[check] : undefined) ?? 'unknown');
}

interface CheckView {
  readonly verdict: Verdict;
  readonly proof: Proof;
  readonly value?: unknown;
}

/** Every check, by its name. */
function checksView({ verdicts, values, proofs }: DeviceFacts, span: Span): Record<string, CheckView> {
  const checks: Record<string, CheckView> = {};
  for (const check of Object.keys(verdicts)) {
    const [value, verdict] = [values?.[check], verdictNow(check, span, verdicts)];
    checks[check] = { verdict, proof: proofs?.[check] ?? 'reported', ...(value === undefined || span.stale.includes(check) ? {} : { value }) };
  }
  return checks;
}

/** What is known of the device: members that cannot be known are left out, so that a condition over them is not known either. */
function deviceView({ input, person, span, unfit }: Asked, whole: boolean): unknown {
  const { device, state, owner, tags = [], at } = input;
  if (state === null) return null;
  if (state === 'unknown') return {};
  const whose = owner ?? '';
  const own = owner !== null && owner === person;
  if (device === null || unfit !== undefined) return { state, owner: whose, own, tags };
  const { id, platform, assurance } = device;
  const age = Math.max(0, (at - device.observedAt) / 1000);
  if (span === undefined) return { state, owner: whose, own, tags, id, platform, assurance, evidence_age: age };
  const known = { state, owner: whose, own, tags, id, platform, assurance, evidence_age: age, compliance: span.compliance };
  if (!whole) return { ...known, checks: ASK };
  let made: Record<string, CheckView> | undefined;
  return {
    ...known,
    // Made when it is looked at: few conditions do.
    get checks() {
      made ??= checksView(device, span);
      return made;
    },
  };
}

function viewOf(asked: Asked, whole: boolean): CelView {
  const { subject, resource, action } = asked.input.request;
  return {
    subject: { type: subject.type, id: subject.id, groups: whole ? [...asked.groups] : ASK, properties: asked.subjectProperties },
    resource: { type: resource.type, id: resource.id, properties: asked.resourceProperties },
    action: { name: action.name, properties: asked.actionProperties },
    context: asked.context,
    device: deviceView(asked, whole),
  };
}

/** What conditions in CEL see. In `brief`, what takes longer to make and few conditions look at says `ASK`. */
export function celView(asked: Asked): CelView {
  asked.view ??= viewOf(asked, true);
  return asked.view;
}
export function briefView(asked: Asked): CelView {
  asked.brief ??= viewOf(asked, false);
  return asked.brief;
}
