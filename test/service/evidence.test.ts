/** The life of a device at the service, and what is refused of it. */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EVIDENCE_MEDIA_TYPE, MAX_EVIDENCE_BYTES } from '../../src/model/index.ts';
import { NONCE_LIFE_MS } from '../../src/service/nonces.ts';
import { createSigner, signClaims, uptime } from '../attest/device.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

let service: TestService;
beforeEach(async () => {
  service = await createTestService();
});
afterEach(() => service.close());

const codeOf = (answer: { status: number; json: () => { code?: string } }): string =>
  answer.status === 200 ? 'accepted' : `${answer.status} ${answer.json().code}`;

test('a device joins, reports in full, then by heartbeat, and its history tells', async () => {
  const device = await joinDevice(service);
  expect(device).toMatchObject({ status: 201, joined: { assurance: 'software', baseline: { id: 'laptop' } } });
  expect((await device.report()).json()).toMatchObject({ result: 'accepted', seq: 1, compliance: 'unknown' });
  expect((await device.report(undefined, 'heartbeat')).json()).toMatchObject({ result: 'accepted', seq: 2 });
  const { history } = (await service.call('GET', `/v1/devices/${device.id}/history`)).json();
  expect(history.map((row: { seq: number; kind: string }) => [row.seq, row.kind])).toEqual([
    [2, 'heartbeat'],
    [1, 'full'],
  ]);
});

test('the baseline comes with the answer only where the agent has another', async () => {
  const device = await joinDevice(service);
  const { jws } = await device.sign();
  const known = await service.call('POST', '/v1/evidence', jws, { 'content-type': EVIDENCE_MEDIA_TYPE, 'stance-baseline': device.joined.baseline.version });
  expect(known.json().baseline).toBeUndefined();
  const again = await service.report(jws);
  expect(again.json().baseline.version).toBe(device.joined.baseline.version);
});

test('the same bytes twice are one evidence: the second answer says duplicate and writes nothing', async () => {
  const device = await joinDevice(service);
  const { jws } = await device.report();
  expect((await service.report(jws)).json()).toMatchObject({ result: 'duplicate', seq: 1 });
  expect((await service.call('GET', `/v1/devices/${device.id}/history`)).json().history).toHaveLength(1);
});

test('of two evidences for one place, sent at once, exactly one is accepted', async () => {
  const device = await joinDevice(service);
  const [a, b] = [await device.sign(), await device.sign({ jti: 'another' }, [uptime('2026-11-23T00:00:00.000Z')])];
  const answers = await Promise.all([service.report(a.jws), service.report(b.jws)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect((await service.call('GET', `/v1/devices/${device.id}/history`)).json().history).toHaveLength(1);
});

describe('refused, with a code of its own and the next nonce:', () => {
  test('a nonce of another device, one that is too old, one that was used', async () => {
    const [device, other] = [await joinDevice(service), await joinDevice(service)];
    expect(codeOf(await service.report((await device.sign({ eat_nonce: other.joined.nonce })).jws))).toBe('409 nonce-invalid');
    const old = (await device.sign()).jws;
    service.pass(NONCE_LIFE_MS + 1000);
    const refused = await service.report(old);
    expect(codeOf(refused)).toBe('409 nonce-expired');
    device.chain.nonce = refused.json().nonce;
    const used = device.chain.nonce;
    expect((await device.report()).status).toBe(200);
    device.chain.nonce = used;
    expect(codeOf(await device.report())).toBe('409 nonce-used');
  });

  test('an unknown digest: all readings are asked for, and nothing changes', async () => {
    const device = await joinDevice(service);
    await device.report();
    expect(codeOf(await device.report([uptime('2026-01-01T00:00:00.000Z')], 'heartbeat'))).toBe('409 full-evidence-required');
    expect((await device.report([uptime('2026-01-01T00:00:00.000Z')])).status).toBe(200);
  });

  test('another key, whose signature is good: it learns nothing of the chain', async () => {
    const device = await joinDevice(service);
    const refused = await service.report((await signClaims(device.claims(), createSigner())).jws);
    expect(codeOf(refused)).toBe('403 key-mismatch');
    expect(refused.json().head).toBeUndefined();
  });

  test('an unknown device is answered like any other refusal, with a nonce that helps nobody', async () => {
    const device = await joinDevice(service);
    const refused = await service.report((await device.sign({ iss: 'nobody' })).jws);
    expect(codeOf(refused)).toBe('404 device-unknown');
    expect(refused.json().nonce).toHaveLength(device.joined.nonce.length);
  });

  test('a revoked device, at once', async () => {
    const device = await joinDevice(service);
    await device.report();
    await service.call('POST', `/v1/devices/${device.id}/revoke`, { reason: 'lost in a train' });
    expect(codeOf(await device.report())).toBe('403 device-revoked');
    expect((await service.call('GET', `/v1/devices/${device.id}/attestation-result`)).json().code).toBe('device-revoked');
  });

  test('what is not evidence at all', async () => {
    expect(codeOf(await service.report('not.a.jws'))).toBe('400 jws-malformed');
    expect(codeOf(await service.report('x'.repeat(MAX_EVIDENCE_BYTES + 1)))).toBe('413 body-too-large');
    expect(codeOf(await service.call('POST', '/v1/evidence', '{}', { 'content-type': 'text/plain' }))).toBe('415 unsupported-media-type');
    expect(codeOf(await service.call('POST', '/v1/evidence', { a: 1 }))).toBe('415 unsupported-media-type');
  });
});

test('what was acknowledged is there after the service was not asked to stop', async () => {
  const [state, file] = [folder(), path.join(folder(), 'service.db')];
  const first = await createTestService({ state, store: `sqlite:${file}` });
  const device = await joinDevice(first);
  const { jws } = await device.report();
  // A second process on the same file sees only what is durable; the first was never closed.
  const second = await createTestService({ state, store: `sqlite:${file}` });
  second.pass(1000);
  expect((await second.report(jws)).json()).toMatchObject({ result: 'duplicate', seq: 1 });
  await second.close();
  await first.close();
});

test('a revocation is remembered, by decisions too', async () => {
  const [state, file] = [folder(), path.join(folder(), 'service.db')];
  const first = await createTestService({ state, store: `sqlite:${file}` });
  const device = await joinDevice(first);
  await device.report();
  await first.call('POST', `/v1/devices/${device.id}/revoke`, { reason: 'lost' });
  await first.close();
  const second = await createTestService({ state, store: `sqlite:${file}` });
  second.pass(2000);
  const body = { subject: { type: 'user', id: 'a' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context: { device: { id: device.id } } };
  expect((await second.call('POST', '/access/v1/evaluation', body)).json().context).toMatchObject({
    outcome: 'block',
    reasons: [{ admin: { en: expect.stringContaining('revoked') } }],
  });
  await second.close();
});

test('a store that fails acknowledges nothing, and the device can send the same again', async () => {
  const file = path.join(folder(), 'service.db');
  const failing = await createTestService({ store: `sqlite:${file}` });
  const device = await joinDevice(failing);
  const { DatabaseSync } = await import('node:sqlite');
  const saboteur = new DatabaseSync(file);
  saboteur.exec("CREATE TRIGGER fail BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  const { jws } = await device.sign();
  // Twice at once: the second must not be called a duplicate of something that was never stored.
  const answers = await Promise.all([failing.report(jws), failing.report(jws)]);
  expect(answers.map(codeOf)).toEqual(['503 store-unavailable', '503 store-unavailable']);
  saboteur.exec('DROP TRIGGER fail');
  expect((await failing.report(jws)).json()).toMatchObject({ result: 'accepted', seq: 1 });
  saboteur.close();
  await failing.close();
});

test('evidence that comes twice at once is a duplicate the second time, though what follows it comes in the same moment', async () => {
  const service = await createTestService({ store: `sqlite:${path.join(folder(), 'service.db')}` });
  const device = await joinDevice(service);
  const first = await device.sign();
  service.pass(1000);
  const { nonce } = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json();
  Object.assign(device.chain, { seq: 2, prev: first.hash, nonce });
  const next = await device.sign();
  const answers = await Promise.all([first, first, next].map(({ jws }) => service.report(jws)));
  expect(answers.map((answer) => [answer.status, answer.json().result])).toEqual([
    [200, 'accepted'],
    [200, 'duplicate'],
    [200, 'accepted'],
  ]);
  await service.close();
});
