/** What a decision is made from. */
import type { Assurance, Compliance, DeviceState, EvaluationRequest, Platform, Verdict } from '../model/index.ts';

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
  /** Where it stands with the service; null without a device. Nothing is granted on one that is not active or suspect. */
  readonly state: DeviceState | null;
  /** Whose device it is: a subject id; null where it is nobody's in particular. It is no proof for anybody else. */
  readonly owner: string | null;
  /** ms since the epoch. */
  readonly at: number;
  /** The caller's token says that what it claims of subject and session may be believed. */
  readonly trustProperties: boolean;
}
