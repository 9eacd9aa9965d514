/** A service that signs results, for tests: its keys, tokens of any form (signed by jose, which shares no code with ours), and the address of its keys. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { EAR_PROFILE } from '../../src/attest/index.ts';
import { createVerifier, type VerifierOptions } from '../../src/verify/index.ts';

export const ISSUER = 'https://posture.example.com';
export const AUDIENCE = 'https://payroll.example.com';
export const NOW = Date.parse('2026-11-24T08:00:00Z');

export interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Readonly<Record<string, unknown>>;
}

export async function createKey(kid: string): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

/** An attestation result of a healthy device, as the service writes it. */
export const resultClaims = (change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  eat_profile: EAR_PROFILE,
  iss: ISSUER,
  aud: AUDIENCE,
  iat: NOW / 1000 - 10,
  exp: NOW / 1000 + 300,
  jti: 'j',
  ear_verifier_id: { developer: 'https://stance.example', build: 'stance 0.1.0' },
  submods: { device: { ear_status: 'warning', ear_trustworthiness_vector: { configuration: 2, 'storage-opaque': 32 } } },
  stance: {
    device: 'd-1',
    compliance: 'compliant',
    assurance: 'software',
    checks: { 'disk.encryption': 'pass' },
    evidence: 'e',
    observedAt: '2026-11-24T07:59:00.000Z',
  },
  ...change,
});

export const sign = (claims: Readonly<Record<string, unknown>>, { kid, privateKey }: Key, header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'eat+jwt', kid, ...header }).sign(privateKey);

/** Answers with the key set of the moment, or does what `failing` does. */
export function createKeysAddress(...keys: Key[]) {
  const address = {
    keys,
    calls: 0,
    failing: undefined as (() => Promise<Response>) | undefined,
    fetch: async (): Promise<Response> => {
      address.calls++;
      return address.failing === undefined ? Response.json({ keys: address.keys.map(({ jwk }) => jwk) }) : address.failing();
    },
  };
  return address;
}

/** A verifier with a clock that stands still until it is moved. */
export function createTestVerifier(address: ReturnType<typeof createKeysAddress>, options: Partial<VerifierOptions> = {}) {
  const clock = { now: NOW };
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch: address.fetch, now: () => clock.now, ...options });
  return { ...verifier, clock };
}
