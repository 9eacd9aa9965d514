/** Two services on one database that judge by different policies: none takes what the other made of a device for its own judgement. */
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { Reading } from '../../src/model/index.ts';
import { signClaims } from '../attest/device.ts';
import { baseline, directory, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const people = directory({ users: [{ id: 'ann', groups: ['staff'] }], resources: [{ type: 'app', id: 'wiki', protected: true }] });
const compliant = policy('compliant', { grant: { require: ['compliant-device'] } });
const lockedWithin = (maxIdleMs: number) => [baseline({ 'firewall.enabled': {}, 'screen.lock': { params: { maxIdleMs } } }), people, compliant];

const readingsAt = (at: number, idleMs: number): Reading[] => [
  ...posture({ at }),
  {
    ...{ check: 'screen.lock', status: 'known', method: 'test', readAt: new Date(at).toISOString(), tookMs: 1 },
    value: { desktop: 'GNOME', ways: [{ by: 'idle', idleMs, delayMs: 0, locks: true }], unread: [] },
  },
];

test('what a device reports to a service of other policies is judged again', async () => {
  const options = { policies: lockedWithin(900_000), store: `sqlite:${path.join(folder(), 'service.db')}`, state: folder() };
  const strict = await createTestService(options);
  const device = await joinDevice(strict, undefined, { grant: { approves: true, owner: 'ann' } });
  const outcomeAt = async (service: TestService): Promise<string> => {
    const question = { subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };
    return (await service.call('POST', '/access/v1/evaluation', { ...question, context: { device: { id: device.id } } })).json().context.outcome;
  };
  // A write to a device that another process has moved on is refused, and what was left there is taken over.
  const takeOverAt = async (service: TestService, tag: string): Promise<void> => {
    expect((await service.call('POST', `/v1/devices/${device.id}/assignment`, { tags: [tag] })).json().code).toBe('store-unavailable');
  };
  await device.report(readingsAt(strict.now(), 200_000));
  const lenient = await createTestService(options);
  expect((await strict.call('POST', '/v1/policies', { files: lockedWithin(300_000), note: 'stricter', confirmImpact: 1 })).status).toBe(201);
  await device.report(readingsAt(strict.now(), 200_000));
  await takeOverAt(lenient, 'x');
  expect(await outcomeAt(lenient)).toBe('allow');
  for (const service of [strict, lenient]) service.pass(strict.now() - service.now() + 1000);
  const { nonce } = (await lenient.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json();
  device.chain.nonce = nonce;
  const { jws } = await signClaims(device.claims(readingsAt(strict.now(), 600_000)), device.signer);
  expect((await lenient.report(jws)).json()).toMatchObject({ result: 'accepted', compliance: 'compliant' });
  await takeOverAt(strict, 'y');
  expect(await outcomeAt(strict)).toBe('challenge');
  await strict.close();
  const again = await createTestService(options, lenient.now());
  expect(await outcomeAt(again)).toBe('challenge');
  await Promise.all([again.close(), lenient.close()]);
});
