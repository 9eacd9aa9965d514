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

export interface CheckAppraisal {
  readonly check: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** The baseline asks for it; others are shown and do not count. */
  readonly required: boolean;
  /** Why the value is unknown or not applicable. */
  readonly reason?: UnknownReason | NotApplicableReason;
  /** One sentence: what exactly passes or fails. */
  readonly because?: string;
  readonly proof: Proof;
  readonly remedy?: Remedy;
}

export interface Appraisal {
  readonly compliance: Compliance;
  /** Which baseline judged: id and the hash of its text; `null` where the platform has none. */
  readonly baseline: { readonly id: string; readonly version: string } | null;
  readonly platform: Platform;
  /** ISO 8601. */
  readonly appraisedAt: string;
  readonly checks: readonly CheckAppraisal[];
  /** One sentence for each required check that stands in the way. */
  readonly reasons: readonly string[];
}
