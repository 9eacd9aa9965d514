/** What an appraisal says of a device. Runs in the agent (to show) and in the service (to decide). DESIGN section 1. */
import type { Remedy } from './check.ts';
import type { NotApplicableReason, Platform, UnknownReason, Verdict } from './reading.ts';

export const COMPLIANCES = ['compliant', 'grace', 'not-compliant', 'unknown'] as const;
export type Compliance = (typeof COMPLIANCES)[number];

/** How far the identity of the device is proven. The service assigns it, never the agent. */
export const ASSURANCES = ['hardware-attested', 'hardware', 'os-keystore', 'software'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** How far one reading is proven. The service assigns it. Two commands on one system remain `reported`. */
export const PROOFS = ['reported', 'corroborated', 'measured'] as const;
export type Proof = (typeof PROOFS)[number];

/**
 * What a required check means for the device at a moment. `ignored`: not known, and the baseline does not mind; `exempt`: an
 * exemption holds; `failing` and `unknown` stand in the way, `grace` does so from its deadline on.
 */
export const CHECK_STANDINGS = ['ok', 'grace', 'failing', 'unknown', 'ignored', 'exempt'] as const;
export type CheckStanding = (typeof CHECK_STANDINGS)[number];

/** Somebody has decided that a check does not count on a device, until a moment. */
export interface ExemptionNote {
  readonly id: string;
  readonly by: string;
  readonly why: string;
  /** ISO 8601. */
  readonly until: string;
}

export interface CheckAppraisal {
  readonly check: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** A baseline asks for it; others are shown and do not count. */
  readonly required: boolean;
  /** Only of a required check. */
  readonly standing?: CheckStanding;
  /** Since when it has counted as failing, and until when that is tolerated; ISO 8601. */
  readonly since?: string;
  readonly deadline?: string;
  readonly exemption?: ExemptionNote;
  /** Why the value is unknown or not applicable. */
  readonly reason?: UnknownReason | NotApplicableReason;
  /** One sentence: what exactly passes or fails. */
  readonly because?: string;
  readonly proof: Proof;
  readonly remedy?: Remedy;
}

export interface Appraisal {
  readonly compliance: Compliance;
  /** The soonest end of a grace; set while compliance is `grace`. ISO 8601. */
  readonly deadline?: string;
  /** What judged: the baselines that apply, their ids joined by `+`, and a hash of them all; `null` where none applies. */
  readonly baseline: { readonly id: string; readonly version: string } | null;
  /** The same, one by one. */
  readonly baselines: readonly { readonly id: string; readonly version: string }[];
  readonly platform: Platform;
  /** ISO 8601. */
  readonly appraisedAt: string;
  readonly checks: readonly CheckAppraisal[];
  /** One sentence for each required check that stands in the way. */
  readonly reasons: readonly string[];
}
