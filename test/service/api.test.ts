/** Tokens, decisions, attestation results, discovery: as callers use them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { EVIDENCE_MEDIA_TYPE } from '../../src/model/index.ts';
import { startService } from '../../src/service/index.ts';
import { createSigner } from '../attest/device.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

let service: TestService;
beforeEach(async () => {
  service = await createTestService();
});
afterEach(() => service.close());

const ask = (device?: string, headers: Readonly<Record<string, string>> = {}, extra: object = {}) =>
  service.call(
    'POST',
    '/access/v1/evaluation',
    {
      subject: { type: 'user', id: 'you@example.com' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      ...(device ? { context: { device: { id: device } } } : {}),
      ...extra,
    },
    headers,
  );

describe('tokens', () => {
  test('each scope opens its own routes; admin opens all; others are told which scope is lacking', async () => {
    const { token } = (await service.call('POST', '/v1/tokens', { name: 'gateway', scopes: ['decide'] })).json();
    const bearer = { authorization: `Bearer ${token}` };
    expect((await ask(undefined, bearer)).status).toBe(200);
    const refused = await service.call('GET', '/v1/devices', undefined, bearer);
    expect(refused.json()).toMatchObject({ status: 403, code: 'forbidden', detail: expect.stringContaining('read') });
    expect((await service.call('DELETE', '/v1/tokens/gateway')).status).toBe(204);
    expect((await ask(undefined, bearer)).status).toBe(401);
  });

  test('an expired one is no token', async () => {
    const { token } = (await service.call('POST', '/v1/tokens', { name: 'short', scopes: ['read'], expiresInSeconds: 60 })).json();
    service.pass(61_000);
    const answer = await service.call('GET', '/v1/devices', undefined, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
  });

  test('a key joins once: asked again before the first report it is told the same, because an answer can be lost; afterwards nothing', async () => {
    const signer = createSigner();
    const first = await joinDevice(service, signer);
    const again = await joinDevice(service, signer, { grant: { uses: 1 } });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect([again.id, again.joined.epoch, again.joined.state]).toEqual([first.id, first.joined.epoch, first.joined.state]);
    expect((await again.report()).status).toBe(200);
    expect((await joinDevice(service, signer)).joined.code).toBe('key-in-use');
    expect((await service.call('GET', '/v1/devices')).json().devices).toHaveLength(1);
  });

  test('a device that waits for approval is told so again, and needs it still', async () => {
    const signer = createSigner();
    const first = await joinDevice(service, signer, { grant: {} });
    const again = await joinDevice(service, signer, { grant: { approves: true } });
    expect([again.id, again.joined.state]).toEqual([first.id, 'pending']);
  });

  test('enrollment tokens are counted and expire', async () => {
    const used = await service.enrollmentToken();
    const [{ nonce, audience }, { signEnrollment }, { sha256 }] = [
      (await service.call('POST', '/v1/nonces', { purpose: 'enrollment' })).json(),
      await import('../../src/attest/index.ts'),
      await import('../../src/attest/node.ts'),
    ];
    const enroll = async (token: string) => {
      const fresh = createSigner();
      const proof = await signEnrollment({ iat: 1, jti: 'j', aud: audience, eat_nonce: nonce, jwk: fresh.publicJwk, platform: 'linux' }, fresh, sha256);
      return (await service.call('POST', '/v1/enrollments', { token, proof })).json().code ?? 'enrolled';
    };
    expect([await enroll(used), await enroll(used), await enroll('stance_enroll_made_up')]).toEqual(['enrolled', 'token-invalid', 'token-invalid']);
    const late = await service.enrollmentToken();
    service.pass(601_000);
    expect(await enroll(late)).toBe('token-invalid');
  });
});

describe('decisions (AuthZEN 1.0)', () => {
  test('no device, an unknown one, one that has not reported: never a yes, and the person is told', async () => {
    const silent = await joinDevice(service);
    for (const device of [undefined, 'nobody']) {
      expect((await ask(device)).json()).toMatchObject({ decision: false, context: { outcome: 'block', required_actions: ['enroll-device'] } });
    }
    expect((await ask(silent.id)).json()).toMatchObject({ decision: false, context: { outcome: 'challenge', required_actions: ['fix-device'] } });
  });

  test('a device of which too little is known is challenged, with what to do', async () => {
    const device = await joinDevice(service);
    await device.report();
    const { decision, context } = (await ask(device.id)).json();
    expect({ decision, outcome: context.outcome, actions: context.required_actions }).toEqual({
      decision: false,
      outcome: 'challenge',
      actions: ['fix-device'],
    });
    expect(context.to_do[0].remedy.steps.length).toBeGreaterThan(0);
    expect(context.device).toMatchObject({ id: device.id, compliance: 'unknown', assurance: 'software' });
  });

  test('the device may stand in subject.properties.device_id; unknown members are ignored; a request id is echoed', async () => {
    const device = await joinDevice(service);
    await device.report();
    const answer = await ask(undefined, { 'x-request-id': 'r-1' }, { subject: { type: 'user', id: 'a', properties: { device_id: device.id } }, unheard: true });
    expect(answer.json().context.device.id).toBe(device.id);
    expect(answer.headers['x-request-id']).toBe('r-1');
  });

  test.each([['{}'], ['[]'], [''], ['{"subject": 1}'], ['{"subject":{"type":"user"},"action":{"name":"a"},"resource":{"type":"r","id":"1"}}'], ['{nonsense']])(
    '%s is a bad request, not a no',
    async (body) => {
      const answer = await service.call('POST', '/access/v1/evaluation', body, { 'content-type': 'application/json' });
      expect({ status: answer.status, code: answer.json().code }).toEqual({ status: 400, code: 'bad-request' });
    },
  );

  test('what a caller says of the session counts only with the scope assert', async () => {
    const policies = [{ name: 'mfa.yaml', text: 'kind: access-policy\nid: mfa\nstate: enforced\nwhen: {}\ngrant: { require: [mfa] }\n' }];
    const own = await createTestService({ policies });
    const bearer = async (scopes: string[]) => ({
      authorization: `Bearer ${(await own.call('POST', '/v1/tokens', { name: scopes.join(), scopes })).json().token}`,
    });
    const body = { subject: { type: 'user', id: 'a' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context: { amr: ['mfa'] } };
    const outcome = async (scopes: string[]) => (await own.call('POST', '/access/v1/evaluation', body, await bearer(scopes))).json().context.outcome;
    expect([await outcome(['decide']), await outcome(['decide', 'assert'])]).toEqual(['challenge', 'allow']);
    await own.close();
  });

  test('evidence that has grown old no longer decides', async () => {
    const device = await joinDevice(service);
    await device.report();
    service.pass(11 * 60_000);
    expect((await ask(device.id)).json().context.reasons[0].admin.en).toContain('has not reported');
  });
});

test('an attestation result verifies under the published keys with any JOSE library, and says what it stands on', async () => {
  const device = await joinDevice(service);
  const { hash } = await device.report();
  const answer = await service.call('GET', `/v1/devices/${device.id}/attestation-result`);
  expect(answer.headers['content-type']).toContain(EVIDENCE_MEDIA_TYPE);
  const keys = createLocalJWKSet((await service.call('GET', '/.well-known/jwks.json')).json());
  const { payload, protectedHeader } = await jwtVerify(answer.text, keys, { currentDate: new Date(service.now()), algorithms: ['ES256'] });
  expect(protectedHeader.typ).toBe('eat+jwt');
  expect(payload).toMatchObject({
    eat_profile: 'tag:ietf.org,2026:rats/ear#03',
    submods: { device: { ear_status: 'warning' } },
    stance: { device: device.id, compliance: 'unknown', evidence: hash },
  });
});

test('an attestation result for a relying party names device and evidence as nobody else knows them, and always the same', async () => {
  const device = await joinDevice(service);
  const { hash } = await device.report();
  const resultFor = async (audience: string) => {
    const { text } = await service.call('GET', `/v1/devices/${device.id}/attestation-result?audience=${encodeURIComponent(audience)}`);
    return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());
  };
  const [one, again, other] = [await resultFor('https://one.example'), await resultFor('https://one.example'), await resultFor('https://other.example')];
  expect(one).toMatchObject({ aud: 'https://one.example', stance: { device: again.stance.device, evidence: again.stance.evidence } });
  const names = [one, other].flatMap(({ stance }) => [stance.device, stance.evidence]);
  expect(new Set([...names, device.id, hash]).size).toBe(6);
});

test('discovery: OpenAPI names every route, health tells, errors are problem documents', async () => {
  const openapi = (await service.call('GET', '/openapi.json')).json();
  expect(Object.keys(openapi.paths)).toEqual(expect.arrayContaining(['/v1/evidence', '/v1/devices/{id}', '/access/v1/evaluation']));
  expect((await service.call('GET', '/readyz')).status).toBe(200);
  const missing = await service.call('GET', '/nowhere');
  expect(missing.headers['content-type']).toContain('application/problem+json');
  expect(missing.json()).toMatchObject({ status: 404, code: 'not-found', type: 'urn:stance:error:not-found' });
});

test('the status page has a policy that lets nothing in from elsewhere', async () => {
  const page = await service.call('GET', '/');
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.text).not.toMatch(/<script(?![^>]*src=)|style=|onclick/);
});

test('anything but loopback is refused for want of TLS', async () => {
  const options = { store: 'memory:', state: folder(), policies: [], version: 'test' };
  for (const listen of ['0.0.0.0:0', '192.0.2.1:8700', '[::]:0', 'localhost.example.com:1'])
    await expect(startService({ ...options, listen })).rejects.toMatchObject({ code: 'insecure-url' });
});
