/** May this person, on this device, open this thing, now? DESIGN sections 1 and 6; AuthZEN 1.0 for the request. */
import { type Static, Type } from 'typebox';
import type { CheckStanding, Compliance, ExemptionNote } from './appraisal.ts';
import type { Remedy } from './check.ts';
import type { Verdict } from './reading.ts';
import type { Words } from './words.ts';

export const OUTCOMES = ['allow', 'restrict', 'challenge', 'block'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const OBLIGATIONS = ['limit-downloads', 'read-only', 'sign-in-frequency', 'no-persistent-session'] as const;
export type Obligation = (typeof OBLIGATIONS)[number];

export const REQUIRED_ACTIONS = [
  'mfa',
  'phishing-resistant-mfa',
  'sign-in',
  'password-change',
  'terms-of-use',
  'use-approved-app',
  'fix-device',
  'enroll-device',
] as const;
export type RequiredAction = (typeof REQUIRED_ACTIONS)[number];

const Properties = Type.Optional(Type.Record(Type.String(), Type.Unknown()));
const Entity = Type.Object({ type: Type.String({ minLength: 1, maxLength: 256 }), id: Type.String({ minLength: 1, maxLength: 1024 }), properties: Properties });

/** AuthZEN Authorization API 1.0, section 6.1. Unknown members are ignored. */
export const EvaluationRequest = Type.Object({
  subject: Entity,
  action: Type.Object({ name: Type.String({ minLength: 1, maxLength: 256 }), properties: Properties }),
  resource: Entity,
  context: Properties,
});
export type EvaluationRequest = Static<typeof EvaluationRequest>;

/**
 * What a policy that matches says. `unknown`: whether it matches cannot be known, and nothing that it asks for is unmet; it
 * grants nothing and stands in nobody's way.
 */
export type PolicyResult = 'satisfied' | 'unmet' | 'blocked' | 'unknown';

export interface Reason {
  /** Policy that speaks; empty where none does. */
  readonly policy: string;
  readonly admin: Words;
  readonly user: Words;
}

/** A check behind a decision. */
export interface CheckBehind {
  readonly check: string;
  readonly verdict: Verdict;
  readonly standing?: CheckStanding;
  readonly because?: string;
}

export interface ToDo {
  readonly check: string;
  readonly title: string;
  readonly because?: string;
  readonly remedy: Remedy;
}

export interface ReportOnlyResult {
  readonly id: string;
  readonly result: PolicyResult;
  readonly first_unmet?: string;
}

/** The `context` of an AuthZEN answer. */
export interface DecisionContext {
  readonly id: string;
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  /** All of these are needed. */
  readonly required_actions: readonly RequiredAction[];
  /** And of each of these one, whichever. */
  readonly required_any?: readonly (readonly RequiredAction[])[];
  readonly obligations: readonly Obligation[];
  /** Seconds; where `sign-in-frequency` is among the obligations. */
  readonly sign_in_frequency?: number;
  /** Version of the set of policies that decided. */
  readonly policy_version: string;
  /** What each policy that matched says; one that is report-only changes nothing. */
  readonly policies: {
    readonly satisfied: readonly string[];
    readonly unmet: readonly string[];
    readonly blocked: readonly string[];
    readonly unknown: readonly string[];
    /** Of each policy that is not satisfied: the first thing that is lacking, as its file names it. */
    readonly first_unmet: Readonly<Record<string, string>>;
    /** What policies that are report-only would have said. */
    readonly report_only: readonly ReportOnlyResult[];
  };
  /** Checks of the device that stand in the way, or will when their grace ends. */
  readonly checks: readonly CheckBehind[];
  /** What the person can do about it. */
  readonly to_do: readonly ToDo[];
  /** Exemptions that hold for this device and resource now. */
  readonly exemptions?: readonly ExemptionNote[];
  readonly device?: {
    readonly id: string;
    readonly compliance: Compliance;
    /** Until when its failures are tolerated; ISO 8601. */
    readonly deadline?: string;
    readonly assurance: string;
    /** Seconds since the evidence behind this decision was observed. */
    readonly evidence_age: number;
  };
  /** The service could not reach its store: this stands on what it remembers. */
  readonly degraded?: true;
  /** Seconds that a caller may keep this answer. */
  readonly max_age: number;
}

export interface Decision {
  /** True for `allow`, and for `restrict` to callers that are known to enforce every obligation in the answer. */
  readonly decision: boolean;
  readonly context: DecisionContext;
}
