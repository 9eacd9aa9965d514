/** The life of a device in software: approval, a new key, leaving, coming back, being erased. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { signEnrollment, signRetirement, signRotation, thumbprint } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { RETIREMENT_MEDIA_TYPE } from '../../src/model/index.ts';
import { createSigner, signClaims } from '../attest/device.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

let service: TestService;
beforeEach(async () => {
  service = await createTestService();
});
afterEach(() => service.close());

const rule = async (id: string, verb: string) => service.call('POST', `/v1/devices/${id}/${verb}`, { reason: 'a test' });
const detail = async (id: string) => (await service.call('GET', `/v1/devices/${id}`)).json();
const decisionOn = async (id: string) => {
  const ask = { subject: { type: 'user', id: 'ada' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context: { device: { id } } };
  return (await service.call('POST', '/access/v1/evaluation', ask)).json();
};

test('a token is not used up for a device that could not be stored', async () => {
  const file = path.join(folder(), 'service.db');
  await service.close();
  service = await createTestService({ store: `sqlite:${file}` });
  const signer = createSigner();
  const { nonce, audience } = (await service.call('POST', '/v1/nonces', { purpose: 'enrollment' })).json();
  const claims = { iat: 1, jti: 'j', aud: audience, eat_nonce: nonce, jwk: signer.publicJwk, platform: 'linux' as const };
  const wish = { token: await service.enrollmentToken({ uses: 1 }), proof: await signEnrollment(claims, signer, sha256) };
  const saboteur = new DatabaseSync(file);
  saboteur.exec("CREATE TRIGGER fail BEFORE INSERT ON devices BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  expect((await service.call('POST', '/v1/enrollments', wish)).json().code).toBe('store-unavailable');
  saboteur.exec('DROP TRIGGER fail');
  saboteur.close();
  expect((await service.call('POST', '/v1/enrollments', wish)).status).toBe(201);
  expect((await service.call('POST', '/v1/enrollments', wish)).json().code).toBe('key-in-use');
});

describe('approval', () => {
  test('a token alone makes a device pending: it is heard by nobody until an administrator says so', async () => {
    const device = await joinDevice(service, undefined, { grant: {} });
    expect(device.joined.state).toBe('pending');
    expect((await device.report()).json().code).toBe('device-pending');
    expect((await decisionOn(device.id)).context.outcome).toBe('block');
    expect((await rule(device.id, 'approve')).json().state).toBe('active');
    expect((await device.report()).status).toBe(200);
  });
  test('is not given twice, and not to one that was revoked', async () => {
    const device = await joinDevice(service);
    expect((await rule(device.id, 'approve')).json().code).toBe('wrong-state');
    await rule(device.id, 'revoke');
    expect((await rule(device.id, 'approve')).json().code).toBe('wrong-state');
  });
  test('of a machine that was here before: linked, and nothing inherited', async () => {
    const description = { machineHash: 'm'.repeat(43) };
    const before = await joinDevice(service, undefined, { description });
    await before.report();
    const after = await joinDevice(service, undefined, { description, grant: {} });
    expect(await detail(after.id)).toMatchObject({ predecessor: before.id, state: 'pending', compliance: 'unknown', lastReportedAt: null });
    expect((await detail(before.id)).state).toBe('active');
  });
  test('of a machine that was quarantined: by an administrator only, whatever the token says', async () => {
    const description = { machineHash: 'q'.repeat(43) };
    const before = await joinDevice(service, undefined, { description });
    const stolen = { ...before.chain };
    await before.report();
    const nonce = async () => (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: before.id })).json().nonce;
    const original = { ...before.chain };
    Object.assign(before.chain, stolen, { nonce: await nonce() });
    await before.report();
    Object.assign(before.chain, original, { nonce: await nonce() });
    expect((await before.report()).json().code).toBe('device-quarantined');
    const after = await joinDevice(service, undefined, { description, grant: { approves: true } });
    expect(after.joined.state).toBe('pending');
  });
});

describe('a new key', () => {
  const rotate = async (device: Awaited<ReturnType<typeof joinDevice>>) => {
    const next = createSigner();
    const from = thumbprint(device.signer.publicJwk, sha256);
    const proof = await signRotation({ iss: device.id, aud: device.joined.audience, eat_nonce: device.chain.nonce, from }, next, sha256);
    const claims = device.claims();
    return { next, evidence: await device.sign({ stance: { ...claims.stance, rotation: { jwk: next.publicJwk, proof } } as typeof claims.stance }) };
  };
  test('counts from the next evidence on; the retry is the same bytes, and the old key is worth nothing', async () => {
    const device = await joinDevice(service);
    await device.report();
    const { next, evidence } = await rotate(device);
    service.pass(1000);
    const answer = await service.report(evidence.jws);
    expect(answer.json()).toMatchObject({ result: 'accepted', seq: 2 });
    expect((await service.report(evidence.jws)).json()).toMatchObject({ result: 'duplicate', seq: 2 });
    Object.assign(device.chain, { seq: 3, prev: evidence.hash, nonce: answer.json().nonce });
    const { code } = (await service.report((await device.sign()).jws)).json();
    expect(code).toBe('key-mismatch');
    service.pass(1000);
    expect((await service.report((await signClaims(device.claims(), next)).jws)).json()).toMatchObject({ result: 'accepted', seq: 3 });
    expect((await service.call('GET', `/v1/devices/${device.id}/jwks.json`)).json().keys).toHaveLength(2);
  });
  test('counts also for what is sent in the same moment: behind the rotation what it signed is taken, what the old one signed is not', async () => {
    const device = await joinDevice(service);
    await device.report();
    const { next, evidence } = await rotate(device);
    service.pass(1000);
    const { nonce } = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json();
    Object.assign(device.chain, { seq: 3, prev: evidence.hash, nonce });
    const [old, following] = [await device.sign(), await signClaims(device.claims(), next)];
    const forged = `${following.jws.slice(0, -8)}AAAAAAAA`;
    const answers = await Promise.all([evidence, old, following, old].map(({ jws }) => service.report(jws)).concat(service.report(forged)));
    expect(answers.map((answer) => answer.json().result ?? answer.json().code)).toEqual([
      ...['accepted', 'key-mismatch', 'accepted', 'key-mismatch', 'signature-invalid'],
    ]);
    const { history } = (await service.call('GET', `/v1/devices/${device.id}/history`)).json();
    expect(history.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2, 1]);
  });
  test('leaves the one before it unheard, and a line in the log where somebody still signs with that', async () => {
    const log: string[] = [];
    const own = await createTestService({ log: { write: (line) => void log.push(line) } });
    const device = await joinDevice(own);
    await device.report();
    const { evidence } = await rotate(device);
    await own.report(evidence.jws);
    log.length = 0;
    expect((await own.report((await device.sign({ jti: 'another' })).jws)).json()).toMatchObject({ code: 'key-mismatch', replaced: true });
    expect(log.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ level: 40, device: device.id, msg: expect.stringContaining('replaced') })]);
    await own.close();
  });
  test('that another device has used is not taken by a third', async () => {
    const device = await joinDevice(service);
    const { next, evidence } = await rotate(device);
    await service.report(evidence.jws);
    const thief = await joinDevice(service, next);
    expect([thief.status, thief.joined.code]).toEqual([409, 'key-in-use']);
    const old = await joinDevice(service, device.signer);
    expect(old.joined.code).toBe('key-in-use');
  });
});

describe('leaving', () => {
  const leave = async (device: Awaited<ReturnType<typeof joinDevice>>, signer = device.signer, change: object = {}) => {
    const { nonce } = (await service.call('POST', '/v1/nonces', { purpose: 'retirement', device: device.id })).json();
    const claims = { iat: 1, jti: 'j', iss: device.id, aud: device.joined.audience, eat_nonce: nonce, ...change };
    return service.call('POST', `/v1/devices/${device.id}/retirement`, await signRetirement(claims, signer, sha256), { 'content-type': RETIREMENT_MEDIA_TYPE });
  };
  test('a device says so itself, with its key, and nobody else can', async () => {
    const [device, other] = [await joinDevice(service), await joinDevice(service)];
    expect((await leave(device, other.signer)).json().code).toBe('key-mismatch');
    expect((await leave(device, device.signer, { iss: other.id })).json().code).toBe('claims-malformed');
    expect((await leave(device, device.signer, { eat_nonce: device.joined.nonce })).json().code).toBe('nonce-invalid');
    expect((await leave(device)).json().state).toBe('retired');
    expect((await leave(device)).json().state).toBe('retired');
    expect((await device.report()).json().code).toBe('device-retired');
  });
  test('is acknowledged once it is durable, to whoever asks a second time too', async () => {
    const file = path.join(folder(), 'service.db');
    await service.close();
    service = await createTestService({ store: `sqlite:${file}` });
    const device = await joinDevice(service);
    const saboteur = new DatabaseSync(file);
    saboteur.exec("CREATE TRIGGER fail BEFORE UPDATE ON devices BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    const answers = await Promise.all([leave(device), leave(device)]);
    expect(answers.map((answer) => answer.json().code)).toEqual(['store-unavailable', 'store-unavailable']);
    saboteur.exec('DROP TRIGGER fail');
    saboteur.close();
    expect((await leave(device)).json().state).toBe('retired');
  });
  test('one that is revoked stays revoked', async () => {
    const device = await joinDevice(service);
    await rule(device.id, 'revoke');
    expect((await leave(device)).json().code).toBe('device-revoked');
  });
});

describe('erasing', () => {
  test('a person: their devices, their evidence, and their name in decisions', async () => {
    const [theirs, other] = [await joinDevice(service, undefined, { grant: { approves: true, owner: 'ada' } }), await joinDevice(service)];
    await theirs.report();
    await decisionOn(theirs.id);
    await decisionOn(other.id);
    const erased = (await service.call('POST', '/v1/erasures', { subject: 'ada' })).json();
    expect(erased).toEqual({ devices: [theirs.id], decisions: 1 });
    expect((await service.call('GET', `/v1/devices/${theirs.id}`)).status).toBe(404);
    expect((await theirs.report()).json().code).toBe('device-unknown');
    expect((await other.report()).status).toBe(200);
  });
});
