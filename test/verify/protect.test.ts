/**
 * Guarded servers: real Fastify, `node:http` with the signature of Express (which is not among the dependencies; it calls middleware
 * the same way), and fetch handlers. Each lets in the same, and refuses the same.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { createClient, createVerifier, type GuardOptions, protect } from '../../src/verify/index.ts';
import { createKey, createKeysAddress, createTestVerifier, type Key, resultClaims, sign } from './issuer.ts';

let key: Key;
beforeAll(async () => {
  key = await createKey('k1');
});
const closing: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

type Ask = (headers?: Record<string, string>) => Promise<Response>;
type Options = GuardOptions<{ headers: unknown }>;

async function serveExpress(options: Options): Promise<Ask> {
  const { express } = protect(options);
  const server: Server = createServer((request, response) => {
    void express(request, response, () => response.end(JSON.stringify({ ...(request as { stance?: object }).stance })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return (headers = {}) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers });
}

async function serveFastify(options: Options): Promise<Ask> {
  const app = Fastify({ forceCloseConnections: true });
  app.addHook('preHandler', protect(options).fastify);
  app.get('/', async (request) => (request as { stance?: object }).stance);
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => app.close());
  return (headers = {}) => fetch(address, { headers });
}

async function serveFetch(options: Options): Promise<Ask> {
  const handler = protect(options).fetch((_request, admitted) => Response.json(admitted));
  return (headers = {}) => handler(new Request('http://app.example/', { headers }));
}

/** A client whose service answers this. */
const clientOf = (answer: unknown, status = 200) =>
  createClient({ server: 'https://posture.example.com', token: 't', attempts: 1, fetch: async () => Response.json(answer, { status }) });
const question = () => ({ subject: { type: 'user', id: 'ada' }, action: { name: 'read' }, resource: { type: 'app', id: 'payroll' } });
const verifier = () => createTestVerifier(createKeysAddress(key));

describe.each([
  ['Express', serveExpress],
  ['Fastify', serveFastify],
  ['a fetch handler', serveFetch],
])('%s', (_name, serve) => {
  test('lets in whoever brings a result of a healthy device, and tells the application what it says', async () => {
    const ask = await serve({ verifier: verifier() });
    const answer = await ask({ 'attestation-result': await sign(resultClaims(), key) });
    expect([answer.status, await answer.json()]).toMatchObject([200, { result: { stance: { device: 'd-1' } } }]);
  });

  test('answers 401, with the way to ask, to none and to a forged one', async () => {
    const ask = await serve({ verifier: verifier() });
    const none = await ask();
    expect([none.status, none.headers.get('www-authenticate'), none.headers.get('content-type')]).toEqual([
      401,
      'Bearer realm="stance"',
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    expect(await none.json()).toMatchObject({ code: 'result-missing', status: 401, type: 'urn:stance:error:result-missing' });
    const forged = await ask({ 'attestation-result': await sign(resultClaims(), { ...(await createKey('k1')), kid: 'k1' }) });
    expect([forged.status, forged.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="stance", error="invalid_token"']);
    expect(await forged.json()).toMatchObject({ code: 'signature-invalid', status: 401 });
  });

  test('answers 403 to a device that is not healthy, and 503 where there are no keys', async () => {
    const ask = await serve({ verifier: verifier() });
    const sick = resultClaims({ stance: { ...(resultClaims().stance as object), compliance: 'not-compliant' } });
    const answer = await ask({ 'attestation-result': await sign(sick, key) });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'device-not-trusted', required_actions: ['fix-device'] }]);
    const address = createKeysAddress(key);
    address.failing = () => Promise.reject(new TypeError('fetch failed'));
    const lost = await (await serve({ verifier: createTestVerifier(address) }))({ 'attestation-result': await sign(resultClaims(), key) });
    expect([lost.status, await lost.json()]).toMatchObject([503, { code: 'keys-unavailable' }]);
  });

  test('asks for a decision, and says what would help where it is no', async () => {
    const context = { outcome: 'block', required_actions: ['fix-device'], reasons: [{ user: { en: 'Turn the firewall on.' } }] };
    const blocked = await (await serve({ client: clientOf({ decision: false, context }), question }))();
    expect([blocked.status, await blocked.json()]).toMatchObject([
      403,
      { code: 'access-denied', outcome: 'block', required_actions: ['fix-device'], detail: 'Turn the firewall on.' },
    ]);
    const challenge = { decision: false, context: { outcome: 'challenge', required_actions: ['mfa'] } };
    const challenged = await (await serve({ client: clientOf(challenge), question }))();
    expect([challenged.status, challenged.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="stance", error="insufficient_user_authentication"']);
    expect(await challenged.json()).toMatchObject({ required_actions: ['mfa'] });
    const allowed = await (await serve({ client: clientOf({ decision: true, context: { outcome: 'allow' } }), question }))();
    expect([allowed.status, await allowed.json()]).toMatchObject([200, { answer: { allowed: true } }]);
  });

  test('does not let in where the service fails, nobody has signed in, or the application itself throws', async () => {
    const status = async (options: Options): Promise<number> => (await (await serve(options))()).status;
    expect(await status({ client: clientOf({}, 500), question })).toBe(503);
    expect(await status({ client: clientOf({ decision: 'true' }), question })).toBe(503);
    expect(await status({ client: clientOf({ decision: true }), question: () => undefined })).toBe(401);
    const fail = () => {
      throw new Error('a fault of the application');
    };
    expect(await status({ client: clientOf({ decision: true }), question: fail })).toBe(503);
    expect(await status({ client: { decide: fail }, question })).toBe(503);
  });

  test('asks about the device of the result, unless the question names another', async () => {
    const asked: unknown[] = [];
    const service: typeof fetch = async (_url, init) => {
      asked.push(JSON.parse(String(init?.body)).context);
      return Response.json({ decision: true, context: { outcome: 'allow' } });
    };
    const client = createClient({ server: 'https://posture.example.com', token: 't', fetch: service });
    const result = await sign(resultClaims(), key);
    const askedWith = async (context: Record<string, unknown> | undefined, more: object = {}) =>
      (
        await (
          await serve({ verifier: verifier(), client, question: () => ({ ...question(), ...(context === undefined ? {} : { context }), ...more }) })
        )({ 'attestation-result': result })
      ).status;
    const subject = { type: 'user', id: 'ada', properties: { device_id: 'd-8' } };
    expect([
      await askedWith(undefined),
      await askedWith({ ip: '192.0.2.7' }),
      await askedWith({ device: { id: 'd-9' } }),
      await askedWith(undefined, { subject }),
    ]).toEqual([200, 200, 200, 200]);
    const device = { attestation_result: result };
    expect(asked).toEqual([{ device }, { ip: '192.0.2.7', device }, { device: { id: 'd-9' } }, undefined]);
  });

  test('lets in under a restriction only where the application enforces it', async () => {
    const client = clientOf({ decision: true, context: { outcome: 'restrict', obligations: ['read-only'] } });
    const refused = await (await serve({ client, question }))();
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'obligation-unenforced', obligations: ['read-only'] }]);
    expect((await (await serve({ client, question, enforces: ['read-only'] }))()).status).toBe(200);
  });
});

test('nothing that would let everybody in is made', () => {
  expect(() => protect({})).toThrow(expect.objectContaining({ code: 'usage' }));
  expect(() => protect({ client: clientOf({}) })).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('a result without our own claims is taken only where it affirms, and `accept` may ask for more', async () => {
  const other = (status: string) => sign(resultClaims({ stance: undefined, submods: { device: { ear_status: status } } }), key);
  const ask = await serveFetch({ verifier: verifier() });
  for (const [status, expected] of Object.entries({ affirming: 200, warning: 403, none: 403, contraindicated: 403 }))
    expect([status, (await ask({ 'attestation-result': await other(status) })).status]).toEqual([status, expected]);
  const strict = await serveFetch({ verifier: verifier(), accept: ({ stance }) => stance?.assurance === 'hardware-attested' });
  expect((await strict({ 'attestation-result': await sign(resultClaims(), key) })).status).toBe(403);
});

test('a header that came twice counts as none', async () => {
  const { express } = protect({ verifier: createVerifier({ issuer: null, audience: null, jwks: { keys: [] } }) });
  let status = 0;
  const response = { statusCode: 0, setHeader: () => undefined, end: () => undefined };
  await express({ headers: { 'attestation-result': ['a', 'b'] } }, response, () => (status = 200));
  expect([status, response.statusCode]).toEqual([0, 401]);
});
