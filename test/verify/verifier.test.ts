/** A relying party believes what the service signed for it, now, and nothing else. */
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAttestationResult, thumbprint, toBase64url, utf8 } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { createVerifier } from '../../src/verify/index.ts';
import { claimsOf, createSigner, signClaims, uptime } from '../attest/device.ts';
import { createTestService, joinDevice } from '../service/service.ts';
import { AUDIENCE, createKey, createKeysAddress, createTestVerifier, ISSUER, type Key, NOW, resultClaims, sign } from './issuer.ts';

let key: Key;
let other: Key;
beforeAll(async () => {
  [key, other] = [await createKey('k1'), await createKey('k2')];
});

const part = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)));
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  );
/** The code with which a fresh verifier refuses. */
const refusal = (compact: string): Promise<unknown> => code(createTestVerifier(createKeysAddress(key)).verifyResult(compact));

describe('a result', () => {
  test('of the service, for this audience, is taken apart', async () => {
    const { verifyResult } = createTestVerifier(createKeysAddress(key));
    expect(await verifyResult(await sign(resultClaims(), key))).toMatchObject({
      issuer: ISSUER,
      keyId: 'k1',
      issuedAt: '2026-11-24T07:59:50.000Z',
      expiresAt: '2026-11-24T08:05:00.000Z',
      status: 'warning',
      submods: { device: { status: 'warning', vector: { configuration: 2, 'storage-opaque': 32 }, policyIds: [] } },
      stance: { device: 'd-1', compliance: 'compliant' },
    });
  });

  test('with the names that Veraison gives is taken too, as plain JWT, and none but those', async () => {
    const { verifyResult } = createTestVerifier(createKeysAddress(key));
    const older = {
      eat_profile: 'tag:github.com,2023:veraison/ear',
      iss: ISSUER,
      aud: [AUDIENCE, 'x'],
      iat: NOW / 1000,
      exp: NOW / 1000 + 60,
      'ear.verifier-id': { developer: 'v', build: 'b' },
      submods: {
        cpu: { 'ear.status': 'affirming', 'ear.trustworthiness-vector': { hardware: 2 }, 'ear.appraisal-policy-id': 'p' },
        tpm: { 'ear.status': 'warning' },
      },
    };
    expect(await verifyResult(await sign(older, key, { typ: 'JWT' }))).toMatchObject({
      status: 'warning',
      submods: { cpu: { policyIds: ['p'], vector: { hardware: 2 } } },
    });
    expect(await refusal(await sign({ ...older, submods: { cpu: { ear_status: 'affirming' } } }, key))).toBe('claims-malformed');
    expect(await refusal(await sign(resultClaims(), key, { typ: 'JWT' }))).toBe('jws-type');
  });

  test('of a running service verifies, for its audience and for no other', async () => {
    const service = await createTestService();
    const device = await joinDevice(service);
    await device.report();
    const jwks = (await service.call('GET', '/.well-known/jwks.json')).json();
    const { text } = await service.call('GET', `/v1/devices/${device.id}/attestation-result?audience=${encodeURIComponent(AUDIENCE)}`);
    const issuer = decodeAttestationResult(text).claims.iss;
    const options = { issuer, audience: AUDIENCE, jwks, now: service.now };
    expect(await createVerifier(options).verifyResult(text)).toMatchObject({ stance: { assurance: 'software' } });
    expect(await code(createVerifier({ ...options, audience: 'https://other.example' }).verifyResult(text))).toBe('audience-mismatch');
    const unnamed = (await service.call('GET', `/v1/devices/${device.id}/attestation-result`)).text;
    expect(await code(createVerifier(options).verifyResult(unnamed))).toBe('audience-mismatch');
    expect(await code(createVerifier({ ...options, audience: null }).verifyResult(unnamed))).toBe('accepted');
    await service.close();
  });

  test.each<[string, () => Promise<string> | string, string]>([
    ['forged with another key', () => sign(resultClaims(), { ...other, kid: 'k1' }), 'signature-invalid'],
    [
      'changed after it was signed',
      async () => {
        const [head, , tail] = (await sign(resultClaims(), key)).split('.');
        return `${head}.${part(resultClaims({ stance: undefined }))}.${tail}`;
      },
      'signature-invalid',
    ],
    ['expired', () => sign(resultClaims({ exp: NOW / 1000 }), key), 'result-expired'],
    ['without an end', () => sign(resultClaims({ exp: undefined }), key), 'claims-malformed'],
    ['whose end is a text', () => sign(resultClaims({ exp: '9999999999' }), key), 'claims-malformed'],
    ['without a beginning', () => sign(resultClaims({ iat: undefined }), key), 'claims-malformed'],
    ['from the future', () => sign(resultClaims({ iat: NOW / 1000 + 61 }), key), 'clock-skew'],
    ['not to be used before', () => sign(resultClaims({ nbf: NOW / 1000 + 61 }), key), 'clock-skew'],
    ['of a foreign service', () => sign(resultClaims({ iss: 'https://evil.example' }), key), 'issuer-mismatch'],
    ['of nobody', () => sign(resultClaims({ iss: undefined }), key), 'issuer-mismatch'],
    ['for another audience', () => sign(resultClaims({ aud: 'https://wiki.example.com' }), key), 'audience-mismatch'],
    ['for several others', () => sign(resultClaims({ aud: ['a', 'b'] }), key), 'audience-mismatch'],
    ['for no audience', () => sign(resultClaims({ aud: undefined }), key), 'audience-mismatch'],
    ['of another type', () => sign(resultClaims(), key, { typ: 'stance-enrollment+jwt' }), 'jws-type'],
    ['with alg none', () => `${part({ alg: 'none', typ: 'eat+jwt', kid: 'k1' })}.${part(resultClaims())}.`, 'jws-malformed'],
    ['with alg none and a signature', () => `${part({ alg: 'none', typ: 'eat+jwt', kid: 'k1' })}.${part(resultClaims())}.AAAA`, 'jws-algorithm'],
    [
      'with HS256 and the public key as its secret',
      () => {
        const input = `${part({ alg: 'HS256', typ: 'eat+jwt', kid: 'k1' })}.${part(resultClaims())}`;
        return `${input}.${createHmac('sha256', JSON.stringify(key.jwk)).update(input).digest('base64url')}`;
      },
      'jws-algorithm',
    ],
    ['with a key of its own in the header', () => sign(resultClaims(), other, { kid: 'k2', jwk: other.jwk }), 'key-unknown'],
    ['with a key that is not published', () => sign(resultClaims(), other), 'key-unknown'],
    ['of another profile', () => sign(resultClaims({ eat_profile: 'tag:stance.example,2026:device-posture#1' }), key), 'profile-unknown'],
    [
      'that claims to be better than its worst member',
      () => sign(resultClaims({ submods: { device: { ear_status: 'affirming', ear_trustworthiness_vector: { configuration: 96 } } } }), key),
      'claims-malformed',
    ],
    ['without submodules', () => sign(resultClaims({ submods: {} }), key), 'claims-malformed'],
    ['that is too large', () => 'a'.repeat(300_000), 'jws-malformed'],
    ['that is no text', () => ({}) as string, 'jws-malformed'],
  ])('%s is refused', async (_name, make, expected) => {
    expect(await refusal(await make())).toBe(expected);
  });

  test('with any byte changed is refused', async () => {
    const compact = await sign(resultClaims(), key);
    const { verifyResult } = createTestVerifier(createKeysAddress(key));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: compact.length - 1 }), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
        fc.pre(compact[at] !== character);
        expect(await code(verifyResult(compact.slice(0, at) + character + compact.slice(at + 1)))).not.toBe('accepted');
      }),
    );
  });

  test('is read as the schema of the service reads it: what one refuses, the other does', async () => {
    const { verifyResult } = createTestVerifier(createKeysAddress(key));
    const values = [undefined, null, 3, 'text', [], {}, { device: {} }, { a: 1 }, { developer: 'd' }, { developer: 'd', build: 'b' }];
    const seen = new Set<string>();
    for (const name of ['eat_profile', 'ear_verifier_id', 'submods', 'stance'])
      for (const value of values) {
        // Who signs results without our own claims is not Stance, and is taken.
        if (name === 'stance' && value === undefined) continue;
        const compact = await sign(resultClaims({ [name]: value }), key);
        let schema = 'accepted';
        try {
          decodeAttestationResult(compact);
        } catch {
          schema = 'refused';
        }
        seen.add(schema);
        expect([name, value, (await code(verifyResult(compact))) === 'accepted']).toEqual([name, value, schema === 'accepted']);
      }
    expect(seen.size).toBe(2);
  });
});

describe('evidence', () => {
  const place = { device: 'd-1', audience: 'urn:stance:service:1', nonce: 'nonce-nonce', epoch: 'e', seq: 1, prev: null };
  const signer = createSigner();
  const jwks = { keys: [{ ...signer.publicJwk, kid: thumbprint(signer.publicJwk, sha256) }] };
  const verifierAt = (now: number) => createVerifier({ issuer: 'd-1', audience: place.audience, jwks, now: () => now });

  test('is verified with the keys of its device, as long as it is young, and against the nonce that was given', async () => {
    const { jws } = await signClaims(claimsOf(place, [uptime()], NOW), signer);
    expect(await verifierAt(NOW).verifyEvidence(jws, { nonce: 'nonce-nonce' })).toMatchObject({
      kind: 'full',
      platform: 'linux',
      readings: [{ check: 'device.uptime' }],
    });
    expect(await code(verifierAt(NOW).verifyEvidence(jws, { nonce: 'another' }))).toBe('nonce-invalid');
    expect(await code(verifierAt(NOW + 5 * 60_000).verifyEvidence(jws))).toBe('result-expired');
    expect(await code(verifierAt(NOW - 61_000).verifyEvidence(jws))).toBe('clock-skew');
    const forged = await signClaims(claimsOf(place, [uptime()], NOW), createSigner());
    expect(await code(verifierAt(NOW).verifyEvidence(forged.jws))).toBe('key-unknown');
  });

  test('is no result, and a result is no evidence', async () => {
    const { jws } = await signClaims(claimsOf(place, [uptime()], NOW), signer);
    expect(await code(createVerifier({ issuer: 'd-1', audience: place.audience, jwks, now: () => NOW, maxAgeMs: 60_000 }).verifyResult(jws))).toBe(
      'profile-unknown',
    );
    expect(await code(createTestVerifier(createKeysAddress(key)).verifyEvidence(await sign(resultClaims(), key)))).toBe('profile-unknown');
  });
});

test('a verifier without issuer, audience or TLS is not made', () => {
  for (const options of [{ issuer: ISSUER }, { audience: AUDIENCE }, { issuer: '', audience: AUDIENCE }, { issuer: null, audience: AUDIENCE }])
    expect(() => createVerifier(options as never)).toThrow(expect.objectContaining({ code: 'usage' }));
  expect(() => createVerifier({ issuer: 'http://posture.example.com', audience: AUDIENCE })).toThrow(expect.objectContaining({ code: 'insecure-url' }));
  expect(() => createVerifier({ issuer: 'http://127.0.0.1:8700', audience: AUDIENCE })).not.toThrow();
});
