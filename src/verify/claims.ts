/**
 * The claims of attestation results (EAR, as the IETF draft and as Veraison name them) and of evidence, read by hand: a schema compiler
 * would make the browser bundle twenty times larger and need `unsafe-eval`. Pure. Form only; who signed is another question.
 */
import { EAR_PROFILE, TIERS, type Tier, tierOf, type Vector } from '../attest/tiers.ts';
import { StanceError } from '../model/errors.ts';
import { EVIDENCE_PROFILE } from '../model/jose-types.ts';

export const VERAISON_PROFILE = 'tag:github.com,2023:veraison/ear';

export interface Submodule {
  readonly status: Tier;
  /** AR4SI claim → value; empty where the verifier tells none. */
  readonly vector: Vector;
  readonly policyIds: readonly string[];
}

/** What Stance says beyond EAR. */
export interface StanceClaims {
  readonly device: string;
  readonly compliance: string;
  readonly assurance: string;
  readonly checks: Readonly<Record<string, string>>;
  readonly evidence: string;
  /** ISO 8601. */
  readonly observedAt: string;
}

export interface ResultClaims {
  readonly profile: string;
  /** The worst of all submodules. */
  readonly status: Tier;
  readonly submods: Readonly<Record<string, Submodule>>;
  /** Absent in results of other verifiers. */
  readonly stance?: StanceClaims;
}

export interface EvidencePosture {
  readonly kind: 'full' | 'heartbeat';
  /** ISO 8601. */
  readonly observedAt: string;
  readonly platform: string;
  readonly privilege: string;
  /** SHA-256 over the essence of all readings, base64url. */
  readonly digest: string;
  /** Each with at least `check` and `status`; none in a heartbeat. */
  readonly readings: readonly { readonly check: string; readonly status: string; readonly [member: string]: unknown }[];
}

type Members = Readonly<Record<string, unknown>>;

/** How bad, for the rule that a status is never better than the worst member (EAR, `ear_status`). */
const BADNESS: Readonly<Record<Tier, number>> = { affirming: 0, none: 0, warning: 1, contraindicated: 2 };
const WORST_LAST: readonly Tier[] = ['affirming', 'none', 'warning', 'contraindicated'];
const NAMES = {
  [EAR_PROFILE]: { status: 'ear_status', vector: 'ear_trustworthiness_vector', policies: 'ear_appraisal_policy_ids', verifier: 'ear_verifier_id' },
  [VERAISON_PROFILE]: {
    status: 'ear.status',
    vector: 'ear.trustworthiness-vector',
    policies: 'ear.appraisal-policy-id',
    verifier: 'ear.verifier-id',
  },
} as const;
type Names = (typeof NAMES)[keyof typeof NAMES];

const malformed = (what: string): never => {
  throw new StanceError('claims-malformed', `The claims are not of their profile: ${what}.`);
};
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown, what: string): Members => (isObject(value) ? value : malformed(`${what} is no object`));
const textOf = (value: unknown, what: string): string => (typeof value === 'string' ? value : malformed(`${what} is no text`));
const textsOf = (value: unknown, what: string): Record<string, string> =>
  Object.fromEntries(Object.entries(objectOf(value, what)).map(([name, text]) => [name, textOf(text, `${what}.${name}`)]));

function readVector(value: unknown, what: string): Vector {
  const entries = Object.entries(objectOf(value, what));
  for (const [name, number] of entries)
    if (!Number.isInteger(number) || (number as number) < -128 || (number as number) > 127) malformed(`${what}.${name} is no integer from -128 to 127`);
  return Object.fromEntries(entries) as Vector;
}

function readSubmodule(name: string, value: unknown, names: Names): Submodule {
  const members = objectOf(value, `submods.${name}`);
  const status = TIERS.find((tier) => tier === members[names.status]) ?? malformed(`submods.${name} has no ${names.status}`);
  const vector = members[names.vector] === undefined ? {} : readVector(members[names.vector], names.vector);
  if (Object.values(vector).some((number) => BADNESS[tierOf(number)] > BADNESS[status])) malformed(`submods.${name} claims to be better than its worst member`);
  const policies = members[names.policies];
  const list = Array.isArray(policies) ? policies : policies === undefined ? [] : [policies];
  return { status, vector, policyIds: list.map((id) => textOf(id, names.policies)) };
}

function readStance(value: unknown): StanceClaims {
  const { device, compliance, assurance, checks, evidence, observedAt } = objectOf(value, 'stance');
  const texts = textsOf({ device, compliance, assurance, evidence, observedAt }, 'stance') as unknown as Omit<StanceClaims, 'checks'>;
  return { ...texts, checks: textsOf(checks, 'stance.checks') };
}

/** @throws StanceError `profile-unknown`, `claims-malformed` */
export function readResultClaims(payload: unknown): ResultClaims {
  const claims = objectOf(payload, 'the payload');
  const profile = claims.eat_profile;
  if (profile !== EAR_PROFILE && profile !== VERAISON_PROFILE)
    throw new StanceError('profile-unknown', `The eat_profile is ${JSON.stringify(profile)}, which is not one of attestation results.`);
  const names = NAMES[profile];
  const { developer, build } = objectOf(claims[names.verifier], names.verifier);
  textsOf({ developer, build }, names.verifier);
  const submods = Object.fromEntries(Object.entries(objectOf(claims.submods, 'submods')).map(([name, value]) => [name, readSubmodule(name, value, names)]));
  const statuses = Object.values(submods).map(({ status }) => status);
  const status = WORST_LAST.findLast((tier) => statuses.includes(tier)) ?? malformed('submods is empty');
  return { profile, status, submods, ...(claims.stance === undefined ? {} : { stance: readStance(claims.stance) }) };
}

/** @throws StanceError `profile-unknown`, `claims-malformed` */
export function readEvidenceClaims(payload: unknown): EvidencePosture {
  const claims = objectOf(payload, 'the payload');
  if (claims.eat_profile !== EVIDENCE_PROFILE)
    throw new StanceError('profile-unknown', `The eat_profile is ${JSON.stringify(claims.eat_profile)}; evidence has ${EVIDENCE_PROFILE}.`);
  const { kind, observedAt, platform, privilege, digest, readings } = objectOf(claims.stance, 'stance');
  if (kind !== 'full' && kind !== 'heartbeat') return malformed('stance.kind is neither full nor heartbeat');
  if ((kind === 'full') !== Array.isArray(readings)) malformed('full evidence has readings, and a heartbeat has none');
  for (const reading of (readings ?? []) as unknown[]) {
    const { check, status } = objectOf(reading, 'a reading');
    textsOf({ check, status }, 'a reading');
  }
  const texts = textsOf({ observedAt, platform, privilege, digest }, 'stance') as unknown as Pick<
    EvidencePosture,
    'observedAt' | 'platform' | 'privilege' | 'digest'
  >;
  return { kind, ...texts, readings: (readings ?? []) as EvidencePosture['readings'] };
}
