/** Keys are fetched, kept, renewed and forgotten; without keys nothing is believed. */
import { beforeAll, expect, test } from '@jest/globals';
import { createKey, createKeysAddress, createTestVerifier, type Key, NOW, resultClaims, sign } from './issuer.ts';

const MINUTE = 60_000;
let key: Key;
let next: Key;
beforeAll(async () => {
  [key, next] = [await createKey('k1'), await createKey('k2')];
});

/** Of a token that never expires. */
const tokenOf = (signer: Key): Promise<string> => sign(resultClaims({ exp: NOW / 1000 + 1_000_000 }), signer);
const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  );

test('keys are fetched once for all who wait, and again after ten minutes', async () => {
  const address = createKeysAddress(key);
  const { verifyResult, clock } = createTestVerifier(address);
  const token = await tokenOf(key);
  await Promise.all([verifyResult(token), verifyResult(token), verifyResult(token)]);
  clock.now += 10 * MINUTE - 1;
  await verifyResult(token);
  expect(address.calls).toBe(1);
  clock.now += 1;
  await verifyResult(token);
  expect(address.calls).toBe(2);
});

test('an unknown key id is asked for at most once a minute, and a rotated key is found', async () => {
  const address = createKeysAddress(key);
  const { verifyResult, clock } = createTestVerifier(address);
  await verifyResult(await tokenOf(key));
  const rotated = await tokenOf(next);
  for (let index = 0; index < 50; index++) expect(await code(verifyResult(rotated))).toBe('key-unknown');
  expect(address.calls).toBe(1);
  address.keys = [key, next];
  clock.now += MINUTE;
  expect(await code(verifyResult(rotated))).toBe('accepted');
  expect(address.calls).toBe(2);
});

test('a key that was withdrawn is forgotten within ten minutes', async () => {
  const address = createKeysAddress(key);
  const { verifyResult, clock } = createTestVerifier(address);
  const token = await tokenOf(key);
  expect(await code(verifyResult(token))).toBe('accepted');
  address.keys = [next];
  clock.now += 10 * MINUTE;
  expect(await code(verifyResult(token))).toBe('key-unknown');
});

test('while the keys cannot be had, those at hand count for an hour, and then nothing does', async () => {
  const address = createKeysAddress(key);
  const { verifyResult, clock } = createTestVerifier(address);
  const token = await tokenOf(key);
  await verifyResult(token);
  address.failing = () => Promise.reject(new TypeError('fetch failed'));
  clock.now += 60 * MINUTE - 1;
  expect(await code(verifyResult(token))).toBe('accepted');
  clock.now += 1;
  expect(await code(verifyResult(token))).toBe('keys-unavailable');
  address.failing = undefined;
  clock.now += 5_000;
  expect(await code(verifyResult(token))).toBe('accepted');
});

test.each<[string, () => Promise<Response>]>([
  ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
  ['answers an error', async () => Response.json({ keys: [key.jwk] }, { status: 500 })],
  ['answers no JSON', async () => new Response('<html>')],
  ['answers no key set', async () => Response.json([key.jwk])],
  ['answers too much', async () => Response.json({ keys: [key.jwk], pad: 'x'.repeat(300_000) })],
])('where the address of the keys %s, nothing is believed, and it is left alone for five seconds', async (_name, failing) => {
  const address = createKeysAddress(key);
  address.failing = failing;
  const { verifyResult, clock } = createTestVerifier(address);
  const token = await tokenOf(key);
  expect(await code(verifyResult(token))).toBe('keys-unavailable');
  expect(await code(verifyResult(token))).toBe('keys-unavailable');
  expect(address.calls).toBe(1);
  clock.now += 5_000;
  address.failing = undefined;
  expect(await code(verifyResult(token))).toBe('accepted');
});

test('keys for other purposes, of other kinds or off the curve are passed over', async () => {
  for (const change of [{ use: 'enc' }, { alg: 'ES384' }, { crv: 'P-384' }, { kty: 'oct', k: 'c2VjcmV0' }, { x: key.jwk.y }]) {
    const address = createKeysAddress({ ...key, jwk: { ...key.jwk, ...change } });
    expect(await code(createTestVerifier(address).verifyResult(await tokenOf(key)))).toBe('key-unknown');
  }
});

test('an address that wants a token is given one', async () => {
  const seen: (HeadersInit | undefined)[] = [];
  const fetcher = async (_url: string, init: RequestInit) => {
    seen.push(init.headers);
    return Response.json({ keys: [key.jwk] });
  };
  const { verifyResult } = createTestVerifier(createKeysAddress(key), { fetch: fetcher, token: 'secret' });
  expect(await code(verifyResult(await tokenOf(key)))).toBe('accepted');
  expect(seen).toEqual([{ accept: 'application/json', authorization: 'Bearer secret' }]);
});
