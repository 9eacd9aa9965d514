/**
 * Attestation results: the service's signed appraisal for relying parties. EAR (draft-ietf-rats-ear) with an AR4SI vector
 * (draft-ietf-rats-ar4si). Mapped honestly: what is missing is never affirming.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Appraisal, type Assurance, EVIDENCE_TYPE, StanceError } from '../model/index.ts';
import { type DecodedJws, decodeJws } from './jws.ts';
import { EAR_PROFILE, TIERS, type Vector } from './tiers.ts';

const VectorClaim = Type.Record(Type.String(), Type.Integer({ minimum: -128, maximum: 127 }), { minProperties: 1 });

export const AttestationResultClaims = Type.Object({
  eat_profile: Type.Literal(EAR_PROFILE),
  iss: Type.String(),
  iat: Type.Integer(),
  exp: Type.Integer(),
  jti: Type.String(),
  aud: Type.Optional(Type.String()),
  ear_verifier_id: Type.Object({ developer: Type.String(), build: Type.String() }),
  submods: Type.Object({
    device: Type.Object({
      ear_status: Type.Enum(TIERS),
      ear_trustworthiness_vector: VectorClaim,
      ear_appraisal_policy_ids: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    }),
  }),
  stance: Type.Object({
    /** Its id; where `aud` names a relying party: what that party alone knows it by. */
    device: Type.String(),
    compliance: Type.String(),
    assurance: Type.String(),
    checks: Type.Record(Type.String(), Type.String()),
    /** SHA-256 of the signing input of the evidence behind this; where `aud` names a relying party: a name of it for that party. */
    evidence: Type.String(),
    observedAt: Type.String(),
  }),
});
export type AttestationResultClaims = Static<typeof AttestationResultClaims>;

/** AR4SI section 2.3: values per claim. Only what stands on something is named; a claim left out asserts nothing. */
export function trustworthinessVector(appraisal: Appraisal, assurance: Assurance): Vector {
  const vector: Record<string, number> = {};
  if (assurance === 'hardware-attested') {
    vector['instance-identity'] = 2;
    vector.hardware = 2;
  }
  // 2: approved configuration; 96: unacceptable; 36: elements relevant to security could not be seen.
  vector.configuration = appraisal.compliance === 'compliant' ? 2 : appraisal.compliance === 'not-compliant' ? 96 : appraisal.compliance === 'grace' ? 32 : 36;
  const disk = appraisal.checks.find((check) => check.check === 'disk.encryption')?.verdict;
  // 2 would say that hardware holds the key, which nothing here has measured.
  if (disk === 'pass') vector['storage-opaque'] = 32;
  if (disk === 'fail') vector['storage-opaque'] = 96;
  return vector;
}

const schema = Compile(AttestationResultClaims);

/** Form only: the signature is checked by whoever has the service's keys. @throws StanceError */
export function decodeAttestationResult(compact: string): DecodedJws & { readonly claims: AttestationResultClaims } {
  const jws = decodeJws(compact, EVIDENCE_TYPE);
  if (!schema.Check(jws.payload)) throw new StanceError('claims-malformed', `Not an attestation result of the profile ${EAR_PROFILE}.`);
  return { ...jws, claims: jws.payload };
}
