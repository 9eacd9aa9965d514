/** Decisions on the device that an attestation result speaks of: for relying parties that know devices by names of their own. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pairwiseBy } from '../../src/service/pairwise.ts';
import { openSqlite } from '../../src/service/store/sqlite.ts';
import { baseline, directory, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const AUDIENCE = 'https://payroll.example.com';
const policies = [
  directory({ resources: ['a', 'b'].map((id) => ({ type: 'app', id, protected: true })) }),
  baseline({ 'disk.encryption': {} }),
  policy('in', { grant: { require: ['compliant-device'] } }),
];

let service: TestService;
let device: Awaited<ReturnType<typeof joinDevice>>;
let store: string;
beforeEach(async () => {
  store = `${folder()}/service.db`;
  service = await createTestService({ policies, store: `sqlite:${store}` });
  device = await joinDevice(service);
  await device.report(posture({ at: service.now() }));
});
afterEach(() => service.close());

const resultFor = async (audience?: string): Promise<string> =>
  (await service.call('GET', `/v1/devices/${device.id}/attestation-result${audience === undefined ? '' : `?audience=${encodeURIComponent(audience)}`}`)).text;
const ask = (result: unknown, more: object = {}) =>
  service.call('POST', '/access/v1/evaluation', {
    subject: { type: 'user', id: 'ann' },
    action: { name: 'open' },
    resource: { type: 'app', id: 'payroll' },
    context: { device: { attestation_result: result } },
    ...more,
  });
const outcome = async (result: unknown, more: object = {}): Promise<string> => (await ask(result, more)).json().context.outcome;

test('a result that names the device by its id, or by a name for one audience, opens; the answer tells the name that the caller knows', async () => {
  expect((await ask(await resultFor())).json()).toMatchObject({ decision: true, context: { device: { id: device.id } } });
  const result = await resultFor(AUDIENCE);
  const { device: name } = JSON.parse(Buffer.from(result.split('.')[1] ?? '', 'base64url').toString()).stance;
  const { text, json } = await ask(result);
  expect(json()).toMatchObject({ decision: true, context: { device: { id: name } } });
  expect(text).not.toContain(device.id);
  await device.report(posture({ disk: false, at: service.now() }));
  const refused = await ask(result);
  expect(refused.json()).toMatchObject({ decision: false, context: { outcome: 'challenge', device: { id: name } } });
  expect(refused.text).not.toContain(device.id);
  await service.call('POST', `/v1/devices/${device.id}/revoke`, { reason: 'lost' });
  expect(await outcome(result)).toBe('block');
});

test('what this service did not sign, or what has expired, or is no result, is a session on no device', async () => {
  const result = await resultFor(AUDIENCE);
  const [head = '', payload = '', signature = ''] = result.split('.');
  const changed = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), aud: 'https://other.example.com' }));
  const other = await createTestService({ policies });
  const theirs = await joinDevice(other);
  await theirs.report(posture({ at: other.now() }));
  const foreign = (await other.call('GET', `/v1/devices/${theirs.id}/attestation-result`)).text;
  await other.close();
  const { jws: evidence } = await device.report(posture({ at: service.now() }));
  const wrong = [
    `${head}.${payload}.${'A'.repeat(signature.length)}`,
    `${head}.${changed.toString('base64url')}.${signature}`,
    ...[foreign, evidence, '', 'a.b.c', `${result}${'A'.repeat(20_000)}`, 7, null, { id: device.id }],
  ];
  for (const one of wrong) expect([one, await outcome(one)]).toEqual([one, 'block']);
  // Nor is it on another that the request names.
  const besides = { subject: { type: 'user', id: 'ann', properties: { device_id: device.id } } };
  expect([await outcome(wrong[0], besides), await outcome(result, besides)]).toEqual(['block', 'allow']);
  expect(await outcome(result)).toBe('allow');
  service.pass(20 * 60_000);
  await device.renew();
  await device.report(posture({ at: service.now() }));
  expect(await outcome(result)).toBe('block');
  expect(await outcome(await resultFor(AUDIENCE))).toBe('allow');
});

test('a search may show another result of the device for its next page', async () => {
  const find = async (result: string, page: object) =>
    (
      await service.call('POST', '/access/v1/search/resource', {
        subject: { type: 'user', id: 'ann' },
        action: { name: 'open' },
        resource: { type: 'app' },
        context: { device: { attestation_result: result } },
        page,
      })
    ).json();
  const first = await find(await resultFor(AUDIENCE), { limit: 1 });
  service.pass(60_000);
  const second = await find(await resultFor(), { limit: 1, token: first.page.next_token });
  expect([first.results, second.results]).toEqual([[{ type: 'app', id: 'a' }], [{ type: 'app', id: 'b' }]]);
  expect((await find('forged', {})).results).toEqual([]);
});

test('the result is not kept with the decision, and the device is', async () => {
  const result = await resultFor(AUDIENCE);
  await ask(result);
  await service.close();
  const kept = openSqlite(store);
  const lines = [...kept.decisions(0)].map((batch) => batch.lines).join('\n');
  kept.close();
  expect(lines).not.toContain(result.split('.')[1]);
  expect(JSON.parse(lines).request.context.device).toEqual({ id: device.id });
  service = await createTestService({ policies });
});

test('names: of one audience each device its own and always the same; turned back by who made them, for that audience alone', () => {
  const [mine, theirs] = [pairwiseBy(new Uint8Array(32).fill(1)), pairwiseBy(new Uint8Array(32).fill(2))];
  fc.assert(
    fc.property(fc.string(), fc.string(), (audience, another) => {
      const id = randomUUID();
      const name = mine.device(audience, id);
      expect([mine.device(audience, id), mine.deviceOf(audience, name), name.length]).toEqual([name, id, 22]);
      expect(theirs.deviceOf(audience, name)).not.toBe(id);
      if (another !== audience) expect(mine.deviceOf(another, name)).not.toBe(id);
    }),
  );
  for (const name of ['', 'x', randomUUID(), 'A'.repeat(23), `${'A'.repeat(21)}=`]) expect(mine.deviceOf('a', name)).toBeUndefined();
  expect(() => mine.device('a', 'd-1')).toThrow('no UUID');
});
