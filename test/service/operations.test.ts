/** Running the service for years: keys that change, evidence that is archived and folded, limits, backups, older databases, TLS. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { thumbprint } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { auditStore, openKeys, openStore } from '../../src/service/index.ts';
import { MIGRATIONS } from '../../src/service/store/migrations.ts';
import { createSigner, uptime } from '../attest/device.ts';
import { createTestService, folder, joinDevice, NOW } from './service.ts';

const DAY_MS = 24 * 3600_000;
const database = (): string => path.join(folder(), 'service.db');

describe('evidence of days gone by', () => {
  test('is archived, folded and forgotten, and what remains verifies at every step', async () => {
    const [file, state] = [database(), folder()];
    const service = await createTestService({ store: `sqlite:${file}`, state });
    const device = await joinDevice(service);
    let firstFull = '';
    for (let day = 0; day < 12; day++) {
      for (let report = 0; report < 6; report++) {
        const full = day % 7 === 0 && report === 0;
        device.chain.nonce = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce;
        const claims = device.claims([uptime(`2026-11-${10 + Math.floor(day / 7)}T00:00:00.000Z`)], full ? 'full' : 'heartbeat');
        const anchor = full && day > 0 ? { anchor: firstFull } : {};
        const { jws, hash } = await device.sign({ stance: { ...claims.stance, ...anchor } as typeof claims.stance });
        const answer = (await service.report(jws)).json();
        expect(answer.result).toBe('accepted');
        Object.assign(device.chain, { seq: device.chain.seq + 1, prev: hash });
        if (full) firstFull = hash;
        service.pass(DAY_MS / 6);
      }
      await service.maintain();
    }
    const { history } = (await service.call('GET', `/v1/devices/${device.id}/history?limit=1000`)).json();
    expect(history.slice(0, 3).map(({ seq }: { seq: number }) => seq)).toEqual([72, 71, 70]);
    await service.close();
    const store = openStore(`sqlite:${file}`);
    const keys = openKeys(state, () => service.now()).jwks('audit').keys as never;
    const [audit] = auditStore(store, keys);
    expect(audit).toMatchObject({ problems: [] });
    expect((audit?.evidence ?? 0) + (audit?.folded ?? 0)).toBe(72);
    expect(audit?.folded).toBeGreaterThan(20);
    store.close();
    // Whatever is changed in the store, the audit says so.
    const raw = new DatabaseSync(file);
    raw.exec('DELETE FROM archive WHERE day = (SELECT day FROM archive ORDER BY day LIMIT 1 OFFSET 3)');
    raw.close();
    const reopened = openStore(`sqlite:${file}`);
    expect([...auditStore(reopened, keys)][0]?.problems).not.toEqual([]);
    reopened.close();
  });
});

describe('keys', () => {
  test('change by themselves: published before they sign, and as long as what they signed lives', () => {
    let now = NOW;
    const state = folder();
    const ring = openKeys(state, () => now);
    const first = ring.signing('results').kid;
    now += 89 * DAY_MS;
    expect(ring.rotate()).toBe(true);
    expect([ring.signing('results').kid, ring.jwks('results').keys.length]).toEqual([first, 2]);
    now += DAY_MS + 1;
    expect(ring.signing('results').kid).not.toBe(first);
    now += 31 * DAY_MS;
    ring.rotate();
    expect([ring.jwks('results').keys.length, ring.jwks('audit').keys.length]).toEqual([1, 2]);
    expect(openKeys(state, () => now).signing('results').kid).toBe(ring.signing('results').kid);
  });
  test('of nonces overlap: what was minted before the change is still taken', async () => {
    const service = await createTestService();
    const device = await joinDevice(service);
    service.pass(31 * DAY_MS);
    device.chain.nonce = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce;
    await service.maintain();
    expect((await device.report()).status).toBe(200);
    await service.close();
  });
  test('are one for each purpose, and a file that its owner alone can read', async () => {
    const state = folder();
    const service = await createTestService({ state });
    const [results, audit] = [
      (await service.call('GET', '/.well-known/jwks.json')).json().keys,
      (await service.call('GET', '/.well-known/audit-jwks.json')).json().keys,
    ];
    expect(results[0].kid).not.toBe(audit[0].kid);
    expect(statSync(path.join(state, 'service-keys.json')).mode & 0o777).toBe(0o600);
    await service.close();
  });
  test('of the first version are taken over: same service, same key', async () => {
    const state = folder();
    const { privateKey } = (await import('node:crypto')).generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signingKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const nonceKeys = [{ id: 1, secret: Buffer.alloc(32, 7).toString('base64url') }];
    writeFileSync(path.join(state, 'service-keys.json'), JSON.stringify({ serviceId: 'an-old-service', signingKey, nonceKeys }));
    const ring = openKeys(state, () => NOW);
    expect([ring.serviceId, ring.signing('results').kid]).toEqual(['an-old-service', thumbprint(ring.signing('results').signer.publicJwk, sha256)]);
    expect(openKeys(state, () => NOW).serviceId).toBe('an-old-service');
  });
});

test('a database of the first version is brought up to date with everything in it', async () => {
  const file = database();
  const old = new DatabaseSync(file);
  old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  const jwk = createSigner().publicJwk;
  old
    .prepare(
      "INSERT INTO devices (id, jwk, platform, assurance, state, enrolled_at, description, epoch, head) VALUES ('d', ?, 'linux', 'software', 'active', '2026-11-01T00:00:00.000Z', '{}', 'e', ?)",
    )
    .run(JSON.stringify(jwk), JSON.stringify({ epoch: 'e', seq: 3, hash: 'h', nonceMintedAt: 1234, digest: 'x' }));
  old.exec("INSERT INTO enrollment_tokens VALUES ('t', 1, '2027-01-01T00:00:00.000Z')");
  old.close();
  const store = openStore(`sqlite:${file}`);
  expect(store.device('d')).toMatchObject({ nonceFloor: 1234, head: { seq: 3 }, closed: [], tags: [], clocks: {}, revision: 0 });
  expect([store.hasKey(thumbprint(jwk, sha256)), store.useEnrollmentToken('t', '2026-12-01')]).toEqual([true, { approves: true, owner: null, tags: [] }]);
  store.close();
});

test('two services on one database do not overwrite each other: whoever comes second looks again', async () => {
  const [file, state] = [database(), folder()];
  const options = { store: `sqlite:${file}`, state };
  const first = await createTestService(options);
  const device = await joinDevice(first);
  await device.report();
  const second = await createTestService(options);
  second.pass(first.now() - second.now());
  const [one, two] = [await device.sign(), await device.sign({ jti: 'another' })];
  first.pass(1000);
  second.pass(1000);
  expect((await first.report(one.jws)).status).toBe(200);
  expect((await second.report(two.jws)).json().code).toBe('store-unavailable');
  expect((await second.report(one.jws)).json().result).toBe('duplicate');
  await Promise.all([first.close(), second.close()]);
});

test('a backup is made while the service works, and a service that starts from it knows its devices', async () => {
  const [file, state] = [database(), folder()];
  const service = await createTestService({ store: `sqlite:${file}`, state });
  const device = await joinDevice(service);
  await device.report();
  const store = openStore(`sqlite:${file}`);
  const copy = database();
  await Promise.all([store.backup(copy), device.report()]);
  store.close();
  await service.close();
  const restored = await createTestService({ store: `sqlite:${copy}`, state });
  expect((await restored.call('GET', `/v1/devices/${device.id}`)).json().id).toBe(device.id);
  await restored.close();
});

describe('limits', () => {
  test('of a device, which counts what it signs itself, and no other', async () => {
    const service = await createTestService({ limits: { device: { burst: 3, perSecond: 0.1 } } });
    const [device, other] = [await joinDevice(service), await joinDevice(service)];
    const results = [];
    for (let tries = 0; tries < 5; tries++) results.push((await device.report()).json());
    expect(results.map(({ code, result }) => code ?? result)).toEqual(['accepted', 'accepted', 'accepted', 'rate-limited', 'rate-limited']);
    expect((await other.report()).status).toBe(200);
    service.pass(10_000);
    expect((await device.report()).json().result).toBe('accepted');
    await service.close();
  });
  test('of an address, which rubbish uses up; devices behind it go on reporting', async () => {
    const service = await createTestService({ limits: { address: { burst: 10, perSecond: 1 } } });
    const device = await joinDevice(service);
    let last = { status: 0, headers: {} as Record<string, unknown>, json: () => ({}) as { code?: string; retryAfter?: number } };
    for (let tries = 0; tries < 12; tries++) last = await service.report('rubbish');
    expect([last.status, last.json().code, last.headers['retry-after']]).toEqual([429, 'rate-limited', '1']);
    expect((await service.call('POST', '/v1/nonces', { purpose: 'enrollment' })).status).toBe(429);
    expect((await device.report()).status).toBe(200);
    await service.close();
  });
  test('of a token', async () => {
    const service = await createTestService({ limits: { token: { burst: 5, perSecond: 1 } } });
    const statuses = [];
    for (let tries = 0; tries < 6; tries++) statuses.push((await service.call('GET', '/v1/devices')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    await service.close();
  });
});

test('a service that nobody can administer makes a first administrator, once', async () => {
  const [state, file] = [folder(), database()];
  const options = { state, store: `sqlite:${file}` };
  const { adminToken: _none, ...without } = { adminToken: undefined, ...options };
  const first = await createTestService({ ...without, adminToken: undefined } as never);
  const token = readFileSync(first.firstAdministrator ?? '', 'utf8').trim();
  expect(statSync(first.firstAdministrator ?? '').mode & 0o777).toBe(0o600);
  expect((await first.call('GET', '/v1/devices', undefined, { authorization: `Bearer ${token}` })).status).toBe(200);
  await first.close();
  const second = await createTestService({ ...without, adminToken: undefined } as never);
  expect(second.firstAdministrator).toBeUndefined();
  await second.close();
});

test('metrics: for whoever may read, with what became of evidence and decisions', async () => {
  const service = await createTestService();
  const device = await joinDevice(service);
  await device.report();
  await service.report('rubbish');
  expect((await service.call('GET', '/metrics', undefined, { authorization: 'Bearer nobody' })).status).toBe(401);
  const { text } = await service.call('GET', '/metrics');
  expect(text).toContain('stance_evidence_total{result="accepted"} 1');
  expect(text).toContain('stance_evidence_total{result="jws-malformed"} 1');
  expect(text).toMatch(/stance_devices\{state="active",compliance="\w+"\} 1/);
  await service.close();
});

describe('a store that takes no writes', () => {
  test('is told by /readyz; reads and decisions go on, and nothing is acknowledged', async () => {
    const file = database();
    const service = await createTestService({ store: `sqlite:${file}` });
    const device = await joinDevice(service);
    await device.report();
    expect((await service.call('GET', '/readyz')).status).toBe(200);
    const hog = new DatabaseSync(file);
    hog.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
    service.pass(1000);
    expect((await service.call('GET', '/readyz')).json().code).toBe('store-unavailable');
    expect((await device.report()).json().code).toBe('store-unavailable');
    expect((await service.call('GET', `/v1/devices/${device.id}`)).status).toBe(200);
    const ask = {
      subject: { type: 'user', id: 'ada' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { device: { id: device.id } },
    };
    expect((await service.call('POST', '/access/v1/evaluation', ask)).status).toBe(200);
    hog.exec('ROLLBACK');
    hog.close();
    expect((await device.report()).json().result).toBe('accepted');
    await service.close();
  }, 120_000);
});
