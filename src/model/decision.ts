/** May this person, on this device, open this thing, now? DESIGN sections 1 and 6; AuthZEN 1.0 for the request. */
import { type Static, Type } from 'typebox';
import type { Compliance } from './appraisal.ts';
import type { Remedy } from './check.ts';

export const OUTCOMES = ['allow', 'restrict', 'challenge', 'block'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const OBLIGATIONS = ['limit-downloads', 'read-only', 'sign-in-frequency', 'no-persistent-session'] as const;
export type Obligation = (typeof OBLIGATIONS)[number];

export const REQUIRED_ACTIONS = ['mfa', 'terms-of-use', 'fix-device', 'enroll-device'] as const;
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

export type PolicyResult = 'satisfied' | 'unmet' | 'blocked';

export interface Reason {
  /** Policy that speaks. */
  readonly policy: string;
  readonly admin: string;
  readonly user: string;
}

export interface ToDo {
  readonly check: string;
  readonly title: string;
  readonly because?: string;
  readonly remedy: Remedy;
}

/** The `context` of an AuthZEN answer. */
export interface DecisionContext {
  readonly id: string;
  readonly outcome: Outcome;
  readonly reasons: readonly Reason[];
  readonly required_actions: readonly RequiredAction[];
  readonly obligations: readonly Obligation[];
  /** Version of the set of policies that decided. */
  readonly policy_version: string;
  /** What each policy that matched says; one that is report-only changes nothing. */
  readonly policies: {
    readonly satisfied: readonly string[];
    readonly unmet: readonly string[];
    readonly blocked: readonly string[];
    /** What policies that are report-only would have said. */
    readonly report_only: readonly { readonly id: string; readonly result: PolicyResult }[];
  };
  /** What the person can do about it. */
  readonly to_do: readonly ToDo[];
  readonly device?: {
    readonly id: string;
    readonly compliance: Compliance;
    readonly assurance: string;
    /** Seconds since the evidence behind this decision was observed. */
    readonly evidence_age: number;
  };
  /** Seconds that a caller may keep this answer. */
  readonly max_age: number;
}

export interface Decision {
  /** True for `allow` only (and `restrict` to callers registered as enforcing every obligation). */
  readonly decision: boolean;
  readonly context: DecisionContext;
}
