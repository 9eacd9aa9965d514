/** The other things that a device signs in its life: joining, a new key, leaving. Each has its own `typ`, so that none passes for another. */
import { Compile } from 'typebox/compile';
import {
  type EcPublicJwk,
  ENROLLMENT_TYPE,
  EnrollmentClaims,
  type EvidenceClaims,
  RETIREMENT_TYPE,
  RetirementClaims,
  ROTATION_TYPE,
  RotationClaims,
  type Signer,
  StanceError,
} from '../model/index.ts';
import { decodeJws, type Sha256, signJws, thumbprint, type VerifySignature } from './jws.ts';

const [enrollmentSchema, rotationSchema, retirementSchema] = [Compile(EnrollmentClaims), Compile(RotationClaims), Compile(RetirementClaims)];

interface Crypto {
  readonly sha256: Sha256;
  readonly verifySignature: VerifySignature;
}

/** The statement in a JWS of this type, whose `kid` names the key and whose signature verifies under it. @throws StanceError */
function openStatement<T>(compact: string, type: string, check: (value: unknown) => value is T, keyOf: (claims: T) => EcPublicJwk, crypto: Crypto): T {
  const jws = decodeJws(compact, type);
  const claims = jws.payload;
  if (!check(claims)) throw new StanceError('claims-malformed', `The claims are not those of a ${type}.`);
  const jwk = keyOf(claims);
  if (jws.header.kid !== thumbprint(jwk, crypto.sha256)) throw new StanceError('key-mismatch', 'The kid does not name the key.');
  if (!crypto.verifySignature(jws.signingInput, jws.signature, jwk)) throw new StanceError('signature-invalid', 'The signature does not verify.');
  return claims;
}

/** Signs the wish to join with the key that joins. */
export const signEnrollment = async (claims: EnrollmentClaims, signer: Signer, sha256: Sha256): Promise<string> =>
  (await signJws(ENROLLMENT_TYPE, claims, signer, sha256)).jws;

/** Signs with the new key that it is held, for the evidence whose nonce this is. */
export const signRotation = async (claims: RotationClaims, next: Signer, sha256: Sha256): Promise<string> =>
  (await signJws(ROTATION_TYPE, claims, next, sha256)).jws;

export const signRetirement = async (claims: RetirementClaims, signer: Signer, sha256: Sha256): Promise<string> =>
  (await signJws(RETIREMENT_TYPE, claims, signer, sha256)).jws;

/** The members that make the key. What else came with them is not kept: keys are published. */
const bare = ({ kty, crv, x, y }: EcPublicJwk): EcPublicJwk => ({ kty, crv, x, y });

const ofAudience = <T extends { readonly aud: string }>(claims: T, audience: string): T => {
  if (claims.aud !== audience) throw new StanceError('audience-mismatch', `Made for ${claims.aud}, not for ${audience}.`);
  return claims;
};

/** Form and possession of an enrollment: the key that joins has signed. @throws StanceError */
export function verifyEnrollment(compact: string, audience: string, crypto: Crypto): EnrollmentClaims {
  const claims = openStatement(
    compact,
    ENROLLMENT_TYPE,
    (value) => enrollmentSchema.Check(value),
    ({ jwk }) => jwk,
    crypto,
  );
  return { ...ofAudience(claims, audience), jwk: bare(claims.jwk) };
}

/** The key that an evidence brings, proven to be held by the same sender. @throws StanceError */
export function verifyRotation(
  evidence: EvidenceClaims,
  { jwk, proof }: { readonly jwk: EcPublicJwk; readonly proof: string },
  from: EcPublicJwk,
  crypto: Crypto,
): EcPublicJwk {
  const claims = openStatement(
    proof,
    ROTATION_TYPE,
    (value) => rotationSchema.Check(value),
    () => jwk,
    crypto,
  );
  ofAudience(claims, evidence.aud);
  const belongs = claims.iss === evidence.iss && claims.eat_nonce === evidence.eat_nonce && claims.from === thumbprint(from, crypto.sha256);
  if (!belongs) throw new StanceError('claims-malformed', 'The proof of the new key was made for another evidence.');
  return bare(jwk);
}

/** That a device leaves, said with its own key. @throws StanceError */
export const verifyRetirement = (compact: string, audience: string, jwk: EcPublicJwk, crypto: Crypto): RetirementClaims =>
  ofAudience(
    openStatement(
      compact,
      RETIREMENT_TYPE,
      (value) => retirementSchema.Check(value),
      () => jwk,
      crypto,
    ),
    audience,
  );
