/** Joining, as an attacker puts it together. */
import { signEnrollment } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import type { EcPublicJwk, EnrollmentClaims, Signer } from '../../src/model/index.ts';
import { createSigner } from '../attest/device.ts';
import type { Field } from './field.ts';

export const enrollmentClaims = async ({ nonce, attacked, service }: Field, jwk: EcPublicJwk): Promise<EnrollmentClaims> => ({
  ...{ iat: Math.floor(service.now() / 1000), jti: 'j', aud: attacked.joined.audience, jwk, platform: 'linux' },
  eat_nonce: await nonce(undefined, 'enrollment'),
});

/** A proof with a fresh nonce; whole and right unless something in it is changed. */
export async function proofOf(field: Field, { signer = createSigner(), claims = {} }: { signer?: Signer; claims?: Partial<EnrollmentClaims> } = {}) {
  return signEnrollment({ ...(await enrollmentClaims(field, signer.publicJwk)), ...claims }, signer, sha256);
}
