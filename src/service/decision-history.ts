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

function inputOf(
  { id, at, state, owner, device, observedAt = 0, believed, degraded }: LoggedDecision,
  request: EvaluationRequest,
  posture: LoggedPosture | undefined,
): DecisionInput {
  const facts: DeviceFacts | null =
    posture === undefined || device === undefined
      ? null
      : {
          id: device,
          ...posture,
          timeline: [{ from: 0, compliance: posture.compliance, checks: posture.checks, stale: posture.stale }],
          problems: [],
          observedAt,
          readings: null,
        };
  return {
    ...{ id, request, at, device: facts, state: state ?? null },
    owner: owner === 'self' ? request.subject.id : owner === 'other' ? SOMEBODY_ELSE : (owner ?? null),
    tags: posture?.tags ?? [],
    trustProperties: believed === true,
    degraded: degraded === true,
  };
}

/**
 * Decisions since a moment (ms since the epoch), the oldest first. One on a device of which it was not kept what it was like, which
 * happens where the service could not write or keep up, has no facts: it is as if the device had not reported.
 */
export function* pastDecisions(store: Pick<Store, 'decisions' | 'postures'>, since: number): Generator<PastDecision> {
  const texts = new Map<string, string>();
  for (const { key, posture } of store.postures()) texts.set(key, posture);
  const postures = new Map<string, LoggedPosture>();
  const postureOf = (key: string | undefined): LoggedPosture | undefined => {
    const text = key === undefined ? undefined : texts.get(key);
    if (key === undefined || text === undefined) return undefined;
    const posture = postures.get(key) ?? (JSON.parse(text) as LoggedPosture);
    postures.set(key, posture);
    return posture;
  };
  for (const { lines } of store.decisions(since)) {
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      const { request, ...logged } = JSON.parse(line) as LoggedDecision & { readonly request: EvaluationRequest };
      if (logged.at >= since) yield { ...logged, input: inputOf(logged, request, postureOf(logged.posture)) };
    }
  }
}
