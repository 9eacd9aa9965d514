/** Evidence from the device's hand to the service's: what is taken, and the code of everything that is not. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeEvidence,
  decodeJws,
  digestReadings,
  type Expectation,
  fromBase64url,
  type KnownDevice,
  MAX_CLOCK_SKEW_MS,
  signRotation,
  thumbprint,
  toBase64url,
  utf8,
  verifyEvidence,
} from '../../src/attest/index.ts';
import { sha256, verifySignature } from '../../src/attest/node.ts';
import { strictJsonProblem } from '../../src/attest/strict-json.ts';
import { EVIDENCE_TYPE, type EvidenceClaims, StanceError } from '../../src/model/index.ts';
import { claimsOf, createSigner, signClaims, uptime } from './device.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const signer = createSigner();
const place = { device: 'd1', audience: 'urn:stance:test', nonce: 'nonce-0001', epoch: 'e1', seq: 1, prev: null };
const claims = claimsOf(place, [uptime()], NOW);

const expected = (change: Partial<Expectation> = {}, device: Partial<NonNullable<Expectation['device']>> = {}): Expectation => ({
  audience: place.audience,
  now: NOW,
  device: {
    ...{ id: 'd1', jwk: signer.publicJwk, previousJwk: null, state: 'active', epoch: 'e1', openedBy: null, head: null, closed: [], nonceFloor: 0 },
    ...device,
  },
  stored: false,
  openNonce: (nonce) => (nonce === place.nonce ? { mintedAt: NOW - 1000 } : 'nonce-invalid'),
  verifySignature,
  sha256,
  ...change,
});

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof StanceError) return error.code;
    throw error;
  }
  return 'accepted';
};
/** The code of a refusal, or the place of what is not refused. */
const placeIn = async (change: Partial<EvidenceClaims>, device: Partial<KnownDevice>, more: Partial<Expectation> = {}, key = signer): Promise<string> => {
  const { jws } = await signClaims({ ...claims, ...change }, key);
  try {
    return verifyEvidence(decodeEvidence(jws), expected(more, device)).place;
  } catch (error) {
    if (error instanceof StanceError) return error.code;
    throw error;
  }
};
const verdictOn = async (change: Partial<EvidenceClaims>, expectation = expected(), key = signer): Promise<string> => {
  const { jws } = await signClaims({ ...claims, ...change }, key);
  return codeOf(() => verifyEvidence(decodeEvidence(jws), expectation));
};
const head = { epoch: 'e1', seq: 4, hash: 'h'.repeat(43), digest: digestReadings([uptime()], sha256) };
const at = (change: Partial<EvidenceClaims['stance']>): Partial<EvidenceClaims> => ({ stance: { ...claims.stance, ...change } as EvidenceClaims['stance'] });

test('well-made evidence is taken, and its hash is that of the signing input', async () => {
  const { jws, hash } = await signClaims(claims, signer);
  const verified = verifyEvidence(decodeEvidence(jws), expected());
  expect(verified).toMatchObject({ hash, place: 'extends', nonceMintedAt: NOW - 1000, history: false });
  expect(hash).toBe(sha256(jws.slice(0, jws.lastIndexOf('.'))));
});

test('the same bytes as the head are a duplicate, even when their nonce has grown old', async () => {
  const { jws, hash } = await signClaims(claims, signer);
  const expectation = expected({ openNonce: () => 'nonce-expired' }, { head: { ...head, seq: 1, hash } });
  expect(verifyEvidence(decodeEvidence(jws), expectation).place).toBe('duplicate');
});

describe('where evidence stands in its chain:', () => {
  const closed = [{ id: 'e0', by: 'fork' as const, seq: 7, hash: 'z'.repeat(43) }];
  const reopened = { epoch: 'e1', head: { ...head, epoch: 'e0', seq: 7, hash: closed[0]?.hash ?? '' }, closed };
  test.each<[string, string, Partial<EvidenceClaims>, Partial<KnownDevice>]>([
    ['right behind the head', 'extends', at({ seq: 5, prev: head.hash }), { head }],
    ['ahead of it', 'gap', at({ seq: 6, prev: head.hash }), { head }],
    ['beside it', 'fork', at({ seq: 5, prev: 'x'.repeat(43) }), { head }],
    ['at a place that is taken', 'fork', at({ seq: 4, prev: head.hash }), { head }],
    ['in an epoch nobody knows here', 'gap', at({ epoch: 'e9', seq: 5 }), { head }],
    ['first in the open epoch, citing the head', 'extends', at({ seq: 1, prev: reopened.head.hash }), reopened],
    ['first in the open epoch, citing something else', 'fork', at({ seq: 1, prev: head.hash }), reopened],
    ['in a closed epoch, from an older state', 'revival', at({ epoch: 'e0', seq: 6, prev: head.hash }), reopened],
    ['in a closed epoch, where it ended', 'second-holder', at({ epoch: 'e0', seq: 8, prev: reopened.head.hash }), reopened],
    [
      'in an epoch that was closed because the service was restored, where it ended',
      'revival',
      at({ epoch: 'e0', seq: 8, prev: reopened.head.hash }),
      { ...reopened, closed: closed.map((epoch) => ({ ...epoch, by: 'gap' as const })) },
    ],
  ])('%s: %s', async (_name, place, change, device) => {
    expect(await placeIn(change, device)).toBe(place);
  });

  test('one that was accepted before is superseded, whatever its nonce', async () => {
    expect(await placeIn({}, { head }, { stored: true, openNonce: () => 'nonce-expired' })).toBe('superseded');
  });

  test('the one whose refusal opened the epoch is answered the same again, whatever its nonce', async () => {
    const { hash } = await signClaims(claims, signer);
    expect(await placeIn({}, { ...reopened, openedBy: hash }, { openNonce: () => 'nonce-expired' })).toBe('reopened');
  });

  test('a nonce from before the epoch was opened proves nothing', async () => {
    expect(await placeIn(at({ epoch: 'e0', seq: 8, prev: reopened.head.hash }), { ...reopened, nonceFloor: NOW })).toBe('nonce-used');
  });
});

describe('a new key', () => {
  const next = createSigner();
  const proofBy = (change: object = {}, key = next) =>
    signRotation({ iss: 'd1', aud: place.audience, eat_nonce: place.nonce, from: thumbprint(signer.publicJwk, sha256), ...change }, key, sha256);
  const carrying = async (proof: Promise<string>, jwk = next.publicJwk) => at({ rotation: { jwk, proof: await proof } } as never);

  test('comes with the proof that it is held, signed by the old one', async () => {
    const { jws } = await signClaims({ ...claims, ...(await carrying(proofBy())) }, signer);
    expect(verifyEvidence(decodeEvidence(jws), expected()).nextJwk).toEqual(next.publicJwk);
  });
  test.each([
    ['another key', 'key-mismatch', () => carrying(proofBy(), createSigner().publicJwk)],
    ['another device', 'claims-malformed', () => carrying(proofBy({ iss: 'd2' }))],
    ['another nonce', 'claims-malformed', () => carrying(proofBy({ eat_nonce: 'nonce-0002' }))],
    ['another service', 'audience-mismatch', () => carrying(proofBy({ aud: 'urn:other' }))],
    ['another old key', 'claims-malformed', () => carrying(proofBy({ from: 'x'.repeat(43) }))],
    ['another purpose', 'jws-type', async () => carrying(signClaims(claims, next).then(({ jws }) => jws))],
  ])('whose proof is for %s is refused: %s', async (_name, code, change) => {
    expect(await verdictOn(await change())).toBe(code);
  });
  test('is the only one that counts from then on; what the old one signed may still be asked about', async () => {
    const after = { jwk: next.publicJwk, previousJwk: signer.publicJwk };
    const { hash } = await signClaims(claims, signer);
    expect(await placeIn({}, { ...after, head: { ...head, hash } })).toBe('duplicate');
    expect(await placeIn({}, { ...after, head })).toBe('key-mismatch');
    expect(await placeIn({}, { ...after }, {}, next)).toBe('extends');
  });
});

test('what was observed long before it was signed is history', async () => {
  const { jws } = await signClaims({ ...claims, ...at({ observedAt: new Date(NOW - 62_000).toISOString() }) }, signer);
  expect(verifyEvidence(decodeEvidence(jws), expected()).history).toBe(true);
  const waited = await signClaims({ ...claims, ...at({ waited: true }) }, signer);
  expect(verifyEvidence(decodeEvidence(waited.jws), expected()).history).toBe(true);
  const undated = await signClaims({ ...claims, ...at({ observedAt: 'yesterday' }) }, signer);
  expect(verifyEvidence(decodeEvidence(undated.jws), expected()).history).toBe(true);
});

describe('each refusal has its own code:', () => {
  test.each<[string, string, Partial<EvidenceClaims>, Expectation]>([
    ['another audience', 'audience-mismatch', { aud: 'urn:other' }, expected()],
    ['an unknown device', 'device-unknown', {}, expected({ device: undefined })],
    ['a revoked device', 'device-revoked', {}, expected({}, { state: 'revoked' })],
    ['a device that waits for approval', 'device-pending', {}, expected({}, { state: 'pending' })],
    ['a quarantined device', 'device-quarantined', {}, expected({}, { state: 'quarantined' })],
    ['a device that has left', 'device-retired', {}, expected({}, { state: 'retired' })],
    ['a foreign nonce', 'nonce-invalid', { eat_nonce: 'somebody-elses' }, expected()],
    ['an old nonce', 'nonce-expired', {}, expected({ openNonce: () => 'nonce-expired' })],
    [
      'a used nonce',
      'nonce-used',
      { ...at({ seq: 5, prev: head.hash }) },
      expected({ openNonce: () => ({ mintedAt: NOW - 5000 }) }, { head, nonceFloor: NOW - 5000 }),
    ],
    ['a clock ahead', 'clock-skew', { iat: Math.ceil((NOW + MAX_CLOCK_SKEW_MS) / 1000) + 1 }, expected()],
  ])('%s → %s', async (_name, code, change, expectation) => {
    expect(await verdictOn(change, expectation)).toBe(code);
  });

  test('another key → key-mismatch', async () => {
    expect(await verdictOn({}, expected(), createSigner())).toBe('key-mismatch');
  });

  test('a kid that lies → signature-invalid', async () => {
    const other = createSigner();
    expect(await verdictOn({}, expected(), { publicJwk: signer.publicJwk, sign: other.sign })).toBe('signature-invalid');
  });

  test('a heartbeat whose digest is not the known one → full-evidence-required', async () => {
    const heartbeat = claimsOf({ ...place, seq: 5, prev: head.hash }, [uptime('2026-11-23T00:00:00.000Z')], NOW, 'heartbeat');
    expect(await verdictOn(heartbeat, expected({}, { head }))).toBe('full-evidence-required');
    expect(await verdictOn(claimsOf({ ...place, seq: 5, prev: head.hash }, [uptime()], NOW, 'heartbeat'), expected({}, { head }))).toBe('accepted');
  });

  test('any changed byte of header, claims or signature is refused', async () => {
    const { jws } = await signClaims(claims, signer);
    fc.assert(
      fc.property(fc.nat(jws.length - 1), fc.constantFrom(...'ABCxyz019-_.'), (index, char) => {
        fc.pre(jws[index] !== char);
        expect(codeOf(() => verifyEvidence(decodeEvidence(jws.slice(0, index) + char + jws.slice(index + 1)), expected()))).not.toBe('accepted');
      }),
      { numRuns: 400 },
    );
  });
});

describe('the JOSE header', () => {
  const part = (value: unknown): string => toBase64url(utf8(JSON.stringify(value)));
  const forge = (header: unknown, signature = toBase64url(new Uint8Array(64))): string => `${part(header)}.${part(claims)}.${signature}`;
  const kid = thumbprint(signer.publicJwk, sha256);

  test('alg none, HS256 with the public key as the secret, RS256: jws-algorithm', () => {
    const secret = JSON.stringify(signer.publicJwk);
    const input = `${part({ alg: 'HS256', typ: EVIDENCE_TYPE, kid })}.${part(claims)}`;
    const hs256 = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    for (const jws of [forge({ alg: 'none', typ: EVIDENCE_TYPE, kid }), hs256, forge({ alg: 'RS256', typ: EVIDENCE_TYPE, kid })]) {
      expect(codeOf(() => decodeEvidence(jws))).toBe('jws-algorithm');
    }
  });

  test('another type of JWS, signed by the same key, is not evidence', () => {
    expect(codeOf(() => decodeEvidence(forge({ alg: 'ES256', typ: 'stance-enrollment+jwt', kid })))).toBe('jws-type');
  });

  test('a critical extension that nobody here understands is refused (RFC 7515 section 4.1.11)', () => {
    expect(codeOf(() => decodeEvidence(forge({ alg: 'ES256', typ: EVIDENCE_TYPE, kid, crit: ['exp'] })))).toBe('jws-malformed');
  });

  test('whatever text comes, the answer is a claim or a coded refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_.-]*$/)), (text) =>
        expect(codeOf(() => decodeJws(text, EVIDENCE_TYPE))).toMatch(/^jws-/),
      ),
    );
    fc.assert(
      fc.property(fc.json(), (json) =>
        expect(
          codeOf(() => decodeEvidence(`${part({ alg: 'ES256', typ: EVIDENCE_TYPE, kid })}.${toBase64url(utf8(json))}.${toBase64url(new Uint8Array(64))}`)),
        ).toMatch(/^(profile|claims|jws|json)-/),
      ),
    );
  });
});

describe('JSON that could be read in two ways', () => {
  test.each([
    ['{"a":1,"a":1}', 'twice'],
    ['{"":1,"":1}', 'twice'],
    ['{"a":{"b":1},"c":[{"b":1,"\\u0062":2}]}', 'twice'],
    ['{"__proto__":{}}', '__proto__'],
    [`${'['.repeat(30)}${']'.repeat(30)}`, 'deeper'],
  ])('%s', (text, problem) => {
    JSON.parse(text);
    expect(strictJsonProblem(text)).toContain(problem);
  });
  test('everything that JSON.stringify writes is taken', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) =>
        expect(JSON.stringify(value).includes('"__proto__"') || strictJsonProblem(JSON.stringify(value)) === undefined).toBe(true),
      ),
    );
    expect(strictJsonProblem('{ "a" : "x\\":{" , "b" : [ "a" , {"a":1} ] }')).toBeUndefined();
  });
});

test('base64url has one encoding for each byte string, and no other text is taken', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => expect(fromBase64url(toBase64url(bytes))).toEqual(Buffer.from(bytes))));
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/), (text) => {
      const bytes = fromBase64url(text);
      if (bytes !== undefined) expect(toBase64url(bytes)).toBe(text);
    }),
  );
  for (const text of ['A', 'AB=', 'A+', 'AB', 'AAB'])
    expect(fromBase64url(text) === undefined || toBase64url(fromBase64url(text) as Uint8Array) === text).toBe(true);
  expect(fromBase64url('AB')).toBeUndefined();
});

test('the digest sees value, status and reason, and neither order nor time', () => {
  const a = uptime();
  const b = { ...uptime(), check: 'b', readAt: '2026-11-24T09:00:00.000Z', tookMs: 99 };
  expect(digestReadings([a, b], sha256)).toBe(digestReadings([{ ...b, tookMs: 1, readAt: a.readAt }, a], sha256));
  expect(digestReadings([a], sha256)).not.toBe(digestReadings([uptime('2026-11-21T00:00:00.000Z')], sha256));
});
