/** Decisions as they were kept, read back as what they were made from: what a draft of policies is tried on. */
import type { CheckStanding, Compliance, DeviceState, EvaluationRequest, Outcome, ReportOnlyResult } from '../model/index.ts';
import type { DecisionInput, DeviceFacts } from '../policy/index.ts';
import type { Store } from './store/store.ts';

/** A line of the log, but for its last member `request`. */
export interface LoggedDecision {
  readonly id: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly outcome: Outcome;
  readonly unmet: readonly string[];
  readonly blocked: readonly string[];
  /** Of the set of policies that decided. */
  readonly version: string;
  readonly report_only?: readonly ReportOnlyResult[];
  readonly believed?: boolean;
  readonly degraded?: boolean;
  readonly state?: DeviceState | 'unknown';
  /** Of the device: `self`, `other`, `group:NAME`; nobody is named here twice. */
  readonly owner?: string;
  readonly device?: string;
  readonly posture?: string;
  readonly observedAt?: number;
  readonly evidence?: string;
}

/** What a device was like, whenever. */
export interface LoggedPosture extends Pick<DeviceFacts, 'platform' | 'assurance' | 'verdicts' | 'proofs' | 'values'> {
  readonly tags: readonly string[];
  readonly compliance: Compliance;
  readonly checks: Readonly<Record<string, CheckStanding>>;
  readonly stale: readonly string[];
}

export interface PastDecision extends LoggedDecision {
  readonly input: DecisionInput;
}

const SOMEBODY_ELSE = '(somebody else)';

/** What the log says of a device, as what decisions are made from. */
const factsOf = (device: string, posture: LoggedPosture, observedAt: number): DeviceFacts => ({
  id: device,
  ...posture,
  timeline: [{ from: 0, compliance: posture.compliance, checks: posture.checks, stale: posture.stale }],
  problems: [],
  observedAt,
  readings: null,
});

function inputOf(
  { id, at, state, owner, believed, degraded }: LoggedDecision,
  request: EvaluationRequest,
  device: DeviceFacts | null,
  tags: readonly string[],
): DecisionInput {
  return {
    ...{ id, request, at, device, state: state ?? null, tags },
    owner: owner === 'self' ? request.subject.id : owner === 'other' ? SOMEBODY_ELSE : (owner ?? null),
    trustProperties: believed === true,
    degraded: degraded === true,
  };
}

interface Remembered {
  readonly posture: LoggedPosture;
  /** As it was observed last: most decisions stand on the same evidence as the one before. */
  facts: DeviceFacts | undefined;
}
const NO_TAGS: readonly string[] = [];

/**
 * Decisions since a moment (ms since the epoch), the oldest first. One on a device of which it was not kept what it was like, which
 * happens where the service could not write or keep up, has no facts: it is as if the device had not reported.
 */
export function* pastDecisions(store: Pick<Store, 'decisions' | 'postures'>, since: number): Generator<PastDecision> {
  const texts = new Map<string, string>();
  for (const { key, posture } of store.postures()) texts.set(key, posture);
  const postures = new Map<string, Remembered>();
  function remembered(key: string | undefined): Remembered | undefined {
    const known = key === undefined ? undefined : postures.get(key);
    if (key === undefined || known !== undefined) return known;
    const text = texts.get(key);
    if (text === undefined) return undefined;
    const made = { posture: JSON.parse(text) as LoggedPosture, facts: undefined };
    postures.set(key, made);
    texts.delete(key);
    return made;
  }
  function deviceOf({ device, observedAt = 0 }: LoggedDecision, kept: Remembered | undefined): DeviceFacts | null {
    if (device === undefined || kept === undefined) return null;
    if (kept.facts?.observedAt !== observedAt) kept.facts = factsOf(device, kept.posture, observedAt);
    return kept.facts;
  }
  for (const { lines } of store.decisions(since)) {
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      const logged = JSON.parse(line) as LoggedDecision & { readonly request: EvaluationRequest; input?: DecisionInput };
      if (logged.at < since) continue;
      const kept = remembered(logged.posture);
      logged.input = inputOf(logged, logged.request, deviceOf(logged, kept), kept?.posture.tags ?? NO_TAGS);
      yield logged as PastDecision;
    }
  }
}
