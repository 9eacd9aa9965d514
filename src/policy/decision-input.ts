/** What a decision is made from. */
import type { Assurance, Cost, DeviceState, EvaluationRequest, Obligation, Platform, Proof, Verdict } from '../model/index.ts';
import type { Timeline } from './timeline.ts';

/** What the service knows of a device when it decides. Kept small: there is one for each device in memory. */
export interface DeviceFacts {
  readonly id: string;
  readonly platform: Platform;
  readonly assurance: Assurance;
  /** As they were judged, check by check. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** How it stands, from when on. */
  readonly timeline: Timeline;
  /** The same for single apps, by their ids, where an exemption is for them alone. */
  readonly timelineFor?: Readonly<Record<string, Timeline>>;
  /** Readings that policies in force ask for, by check. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Readings that are proven further than `reported`. */
  readonly proofs?: Readonly<Record<string, Proof>>;
  /** Required checks that do not pass, with what was read. */
  readonly problems: readonly { readonly check: string; readonly because?: string; readonly value?: unknown }[];
  /** When the evidence was observed, ms since the epoch. */
  readonly observedAt: number;
  /** Hash of the full evidence that holds the readings; null where none has come. */
  readonly readings: string | null;
  /** What the last heartbeat said of their age, ms since the epoch. */
  readonly oldestReadAt?: Readonly<Partial<Record<Cost, number>>>;
}

export interface DecisionInput {
  readonly id: string;
  readonly request: EvaluationRequest;
  /** null: the request names no device, or one that is not known, or that has not reported. */
  readonly device: DeviceFacts | null;
  /**
   * Where it stands with the service; null without a device; `unknown` where the service cannot tell any more, because its store is
   * away for too long. Nothing is granted on one that is not active or suspect.
   */
  readonly state: DeviceState | 'unknown' | null;
  /** Whose device it is: a subject id, or `group:NAME`; null where it is nobody's in particular. It is no proof for anybody else. */
  readonly owner: string | null;
  readonly tags?: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
  /** The caller's token says that what it claims of subject, resource and session may be believed. */
  readonly trustProperties: boolean;
  /** Obligations that the caller is known to enforce. */
  readonly enforces?: readonly Obligation[];
  /** The service cannot reach its store, and decides from memory. */
  readonly degraded?: boolean;
}
