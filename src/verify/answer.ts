/** Answers of a decision point (AuthZEN 1.0 section 6.2, with the `context` of Stance), read with suspicion. Pure. */
import { StanceError } from '../model/errors.ts';

export interface Entity {
  readonly type: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** AuthZEN 1.0 section 6.1. The device is `context.device.id`, or the one that `context.device.attestation_result` speaks of. */
export interface EvaluationRequest {
  readonly subject: Entity;
  readonly action: { readonly name: string; readonly properties?: Readonly<Record<string, unknown>> };
  readonly resource: Entity;
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  /** The only member that lets anybody in. */
  readonly allowed: boolean;
  /** `unknown` where no answer could be had, or where it comes from a decision point that tells none. */
  readonly outcome: 'allow' | 'restrict' | 'challenge' | 'block' | 'unknown';
  /** For the person: sentences. */
  readonly reasons: readonly string[];
  /** All are needed: `mfa`, `fix-device`, … */
  readonly requiredActions: readonly string[];
  /** And of each of these one. */
  readonly requiredAny: readonly (readonly string[])[];
  /** What you must enforce while you allow: `read-only`, `limit-downloads`, … */
  readonly obligations: readonly string[];
  /** How long the answer may be kept, ms. */
  readonly maxAgeMs: number;
  /** Why there is no answer of the service; `allowed` is false then. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** As the service gave it. */
  readonly context: Readonly<Record<string, unknown>>;
}

const OUTCOMES = ['allow', 'restrict', 'challenge', 'block'] as const;
const invalid = (what: string): never => {
  throw new StanceError('service-answer-invalid', `The answer is not one of a decision point: ${what}.`);
};
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list that is left out is empty; one that cannot be read may hold a restriction, so nothing is allowed under it. */
function listOf<T>(value: unknown, name: string, each: (item: unknown) => item is T): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every(each) ? value : invalid(`${name} is no list of what it should be`);
}
const isText = (value: unknown): value is string => typeof value === 'string';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

/** Stance says things in several languages; another decision point may say one sentence. */
function reasonOf(reason: unknown, language: string): string[] {
  const user = isObject(reason) ? reason.user : reason;
  const text = isObject(user) ? (user[language] ?? user.en) : user;
  return isText(text) ? [text] : [];
}

/** @throws StanceError `service-answer-invalid` */
export function readAnswer(text: string, language = 'en'): Answer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return invalid('no JSON');
  }
  if (!isObject(body) || typeof body.decision !== 'boolean') return invalid('it has no decision');
  const context = body.context ?? {};
  if (!isObject(context)) return invalid('its context is no object');
  const outcome = context.outcome === undefined ? 'unknown' : (OUTCOMES.find((name) => name === context.outcome) ?? invalid('its outcome is not known'));
  const allowed = body.decision;
  const seconds = typeof context.max_age === 'number' && context.max_age > 0 ? context.max_age : 0;
  if (allowed && (outcome === 'challenge' || outcome === 'block')) return invalid('decision and outcome contradict each other');
  return {
    allowed,
    outcome,
    reasons: Array.isArray(context.reasons) ? context.reasons.flatMap((reason) => reasonOf(reason, language)) : [],
    requiredActions: listOf(context.required_actions, 'required_actions', isText),
    requiredAny: listOf(context.required_any, 'required_any', isTexts),
    obligations: listOf(context.obligations, 'obligations', isText),
    maxAgeMs: seconds * 1000,
    context,
  };
}

/** What is said when nothing was answered: no. */
export const refusalFor = (error: unknown): Answer => {
  const code = error instanceof StanceError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  return {
    allowed: false,
    outcome: 'unknown',
    reasons: ['Whether you may do this could not be found out just now. Try again in a moment.'],
    requiredActions: [],
    requiredAny: [],
    obligations: [],
    maxAgeMs: 0,
    failure: { code, message },
    context: {},
  };
};
