/** Whatever comes over the wire, the service answers with a code of its own, and never with a failure of its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EVIDENCE_MEDIA_TYPE } from '../../src/model/index.ts';
import { createTestService, joinDevice, type TestService } from './service.ts';

let service: TestService;
let device: Awaited<ReturnType<typeof joinDevice>>;
beforeAll(async () => {
  service = await createTestService();
  device = await joinDevice(service);
  await device.report();
});
afterAll(() => service.close());

const RULINGS = ['approve', 'revoke', 'retire', 'retirement'].map((ruling) => `/v1/devices/x/${ruling}`);
const ACCESS = ['evaluations', 'search/subject', 'search/resource', 'search/action'].map((route) => `/access/v1/${route}`);
const ROUTES = [
  ...RULINGS,
  '/v1/erasures',
  '/v1/nonces',
  '/v1/enrollments',
  '/v1/enrollment-tokens',
  '/v1/tokens',
  '/access/v1/evaluation',
  '/v1/evidence',
  ...ACCESS,
];
const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '[]', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', '1e999', `${'['.repeat(5000)}${']'.repeat(5000)}`),
);
const type = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  EVIDENCE_MEDIA_TYPE,
  `${EVIDENCE_MEDIA_TYPE}; eat_profile="x"`,
  'application/jwt',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  '',
);

/** Not a failure, and where it is a refusal, a problem document with a code. */
function sound(answer: { status: number; text: string; headers: Record<string, unknown> }): void {
  expect(answer.status).not.toBe(500);
  if (answer.status >= 400) expect(JSON.parse(answer.text)).toMatchObject({ status: answer.status, code: expect.any(String) });
}

test('any body of any type to any route', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROUTES), body, type, async (route, text, contentType) =>
      sound(await service.call('POST', route, text, { 'content-type': contentType })),
    ),
    { numRuns: 800 },
  );
});

test('any path and query', async () => {
  const part = fc.oneof(
    fc.webPath(),
    fc.constantFrom(
      '/v1/devices?limit=0',
      '/v1/devices?limit=x',
      '/v1/devices?cursor=%00',
      '/v1/devices/%2e%2e',
      '/v1/devices/a/history?limit=1e9',
      '/%',
      '/v1/devices?failing=constructor',
    ),
  );
  await fc.assert(
    fc.asyncProperty(part, async (path) => sound(await service.call('GET', path.startsWith('/') ? path : `/${path}`))),
    { numRuns: 300 },
  );
});

test('any bearer token', async () => {
  const header = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'Bearer abc=.~+/-_\t"') }),
    fc.constantFrom('Bearer', 'Bearer ', 'Basic x', 'Bearer constructor', 'Bearer __proto__'),
  );
  await fc.assert(
    fc.asyncProperty(header, async (authorization) => {
      const answer = await service.call('GET', '/v1/devices', undefined, { authorization });
      expect(answer.status).toBe(401);
    }),
  );
});

describe('evidence that is signed by the device itself', () => {
  test('whatever its claims are, it is taken or refused with a code, and the chain stands', async () => {
    const hostile = fc.record(
      {
        iat: fc.oneof(fc.integer(), fc.double(), fc.string()),
        jti: fc.jsonValue(),
        stance: fc.jsonValue(),
        eat_nonce: fc.oneof(fc.string(), fc.constant(device.chain.nonce)),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (change) => {
        service.pass(1);
        const { jws, hash } = await device.sign(change as never);
        const answer = await service.report(jws);
        sound(answer);
        // Some of what is made up is as good as the real thing.
        if (answer.status === 200) Object.assign(device.chain, { seq: device.chain.seq + 1, prev: hash, nonce: answer.json().nonce });
      }),
      { numRuns: 300 },
    );
    expect((await device.report()).status).toBe(200);
  });

  test('whatever its readings say, its device never becomes compliant by rubbish', async () => {
    const own = await joinDevice(service);
    const reading = fc.record({
      check: fc.constantFrom('disk.encryption', 'os.supported', 'firewall.enabled', 'nonsense'),
      status: fc.constant('known' as const),
      value: fc.jsonValue(),
      method: fc.constant('m'),
      readAt: fc.constant('2026-11-24T08:00:00.000Z'),
      tookMs: fc.constant(1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { maxLength: 5 }), async (readings) => {
        const answer = await own.report(readings);
        // What could be read in two ways is not taken at all.
        if (answer.status === 400) return expect(answer.json().code).toBe('json-ambiguous');
        expect(answer.status).toBe(200);
        expect(answer.json().compliance).not.toBe('compliant');
        sound(await service.call('GET', `/v1/devices/${own.id}`));
        sound(await service.call('GET', `/v1/devices/${own.id}/attestation-result`));
      }),
      { numRuns: 60 },
    );
  });
});
