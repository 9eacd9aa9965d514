/** Evidence: build and decode. DESIGN section 5; EAT, RFC 9711. Verification is `verify-evidence.ts`. */
import { Compile } from 'typebox/compile';
import { canonicalJson, EVIDENCE_PROFILE, EVIDENCE_TYPE, EvidenceClaims, essence, type Reading, type Signer, StanceError } from '../model/index.ts';
import { type DecodedJws, decodeJws, type Sha256, signJws } from './jws.ts';

const evidenceSchema = Compile(EvidenceClaims);

/** SHA-256 over the essence of the readings, sorted by check: equal exactly when the posture is. */
export const digestReadings = (readings: readonly Reading[], sha256: Sha256): string =>
  sha256(canonicalJson([...readings].sort((a, b) => (a.check < b.check ? -1 : 1)).map(essence)));

/** Signs evidence. `hash` (of the signing input) is what the next evidence names as `prev`. */
export const signEvidence = (claims: EvidenceClaims, signer: Signer, sha256: Sha256): Promise<{ jws: string; hash: string }> =>
  signJws(EVIDENCE_TYPE, claims, signer, sha256);

export interface DecodedEvidence extends DecodedJws {
  readonly claims: EvidenceClaims;
}

/** First half: form only. @throws StanceError `jws-…`, `claims-malformed`, `profile-unknown`. */
export function decodeEvidence(compact: string): DecodedEvidence {
  const jws = decodeJws(compact, EVIDENCE_TYPE);
  const profile = (jws.payload as { eat_profile?: unknown } | null)?.eat_profile;
  if (profile !== EVIDENCE_PROFILE) throw new StanceError('profile-unknown', `The eat_profile is ${JSON.stringify(profile)}; ${EVIDENCE_PROFILE} is expected.`);
  if (!evidenceSchema.Check(jws.payload)) throw new StanceError('claims-malformed', `The claims do not match ${EVIDENCE_PROFILE}: ${firstError(jws.payload)}`);
  return { ...jws, claims: jws.payload };
}

function firstError(payload: unknown): string {
  const error = evidenceSchema.Errors(payload)[0];
  return error === undefined ? 'unknown reason' : `${error.instancePath || '/'} ${error.message}`;
}
