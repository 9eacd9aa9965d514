/** Since when a device fails, as the service keeps it: no report, no silence, no new enrollment, no restart makes it later. */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { baseline, document, type PolicyText, posture } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const DISK = { 'disk.encryption': { grace: 'P7D' } };

let service: TestService;
let options: { store: string; state: string };
beforeEach(async () => {
  options = { store: `sqlite:${path.join(folder(), 'service.db')}`, state: folder() };
  service = await createTestService({ ...options, policies: [baseline(DISK)] });
});
afterEach(() => service.close());

type Device = Awaited<ReturnType<typeof joinDevice>>;
async function report(device: Device, how: Omit<Parameters<typeof posture>[0], 'at'> = {}, kind: 'full' | 'heartbeat' = 'full') {
  await device.renew();
  const answer = await device.report(posture({ ...how, at: service.now() }), kind);
  expect(answer.json()).toMatchObject({ result: 'accepted' });
  return answer.json() as { compliance: string; failingSince: Record<string, string>; baseline?: { id: string } };
}
const compliance = async (id: string): Promise<string> => (await service.call('GET', `/v1/devices/${id}`)).json().compliance;

/** Ends the service and starts it again on the same store, with these policies; devices go on with the new one. */
async function restart(policies: readonly PolicyText[]): Promise<void> {
  await service.close();
  Object.assign(service, await createTestService({ ...options, policies }, service.now()));
}

test('the answer to a report says since when, so that the agent can show until when', async () => {
  const device = await joinDevice(service);
  const { compliance: is, failingSince } = await report(device, { disk: false });
  expect({ is, failingSince }).toEqual({ is: 'grace', failingSince: { 'disk.encryption': new Date(service.now()).toISOString() } });
});

describe('grace ends when it ends', () => {
  test('for a device that reports every five minutes, and for one that reports once a day', async () => {
    for (const every of [5 * MINUTE, DAY]) {
      const device = await joinDevice(service);
      await report(device, { disk: false });
      const until = service.now() + 7 * DAY;
      if (every < DAY) service.pass(7 * DAY - HOUR);
      while (service.now() + every + 2000 < until) {
        service.pass(every);
        expect((await report(device, { disk: false })).compliance).toBe('grace');
      }
      service.pass(until - service.now());
      expect(await compliance(device.id)).toBe('not-compliant');
      expect((await report(device, { disk: false })).compliance).toBe('not-compliant');
    }
  });

  test('whatever a restart of the service comes between, and a new version of the policies', async () => {
    const device = await joinDevice(service);
    await report(device, { disk: false });
    service.pass(3 * DAY);
    await restart([baseline(DISK)]);
    service.pass(3 * DAY);
    // The week is as before; something else changed.
    await restart([baseline({ ...DISK, 'firewall.enabled': { unknown: 'ignore' } })]);
    expect((await report(device, { disk: false })).compliance).toBe('grace');
    service.pass(DAY);
    expect((await report(device, { disk: false })).compliance).toBe('not-compliant');
  });

  test('for a machine that enrolls anew: it begins with what it failed before', async () => {
    const description = { machineHash: 'm'.repeat(43) };
    const before = await joinDevice(service, undefined, { description });
    await report(before, { disk: false });
    service.pass(6 * DAY);
    const after = await joinDevice(service, undefined, { description });
    expect((await report(after, { disk: false })).compliance).toBe('grace');
    service.pass(DAY);
    expect((await report(after, { disk: false })).compliance).toBe('not-compliant');
    const again = await joinDevice(service, undefined, { description });
    expect((await report(again, { disk: false })).compliance).toBe('not-compliant');
  });

  test('for a device that passes for a moment before each deadline', async () => {
    const device = await joinDevice(service);
    await report(device, { disk: false });
    service.pass(6 * DAY);
    await report(device, { disk: true });
    service.pass(2 * HOUR);
    // Two good reports with nothing between are no hour of passing.
    expect((await report(device, { disk: true })).compliance).toBe('compliant');
    service.pass(DAY);
    expect((await report(device, { disk: false })).compliance).toBe('not-compliant');
  });

  test('and begins anew after an hour of passing that was seen', async () => {
    const device = await joinDevice(service);
    await report(device, { disk: false });
    service.pass(8 * DAY);
    for (let minutes = 0; minutes <= 60; minutes += 5) {
      const { failingSince } = await report(device, { disk: true }, minutes === 0 ? 'full' : 'heartbeat');
      expect(Object.keys(failingSince)).toHaveLength(minutes < 60 ? 1 : 0);
      service.pass(5 * MINUTE);
    }
    expect((await report(device, { disk: false })).compliance).toBe('grace');
  });
});

test('what only a new policy asks for has its grace from when it was asked for', async () => {
  await restart([baseline({})]);
  const device = await joinDevice(service);
  await report(device, { disk: false });
  service.pass(30 * DAY);
  await restart([baseline(DISK)]);
  expect(await compliance(device.id)).toBe('grace');
  await restart([baseline(DISK)]);
  service.pass(7 * DAY - MINUTE);
  expect(await compliance(device.id)).toBe('grace');
  service.pass(MINUTE);
  expect(await compliance(device.id)).toBe('not-compliant');
});

test('an observation that waited decides nothing, but what failed then has failed since then', async () => {
  const device = await joinDevice(service);
  await report(device, {});
  service.pass(3 * DAY);
  const waited = new Date(service.now() - 2 * DAY).toISOString();
  await device.renew();
  const claims = device.claims(posture({ disk: false, at: Date.parse(waited) }));
  const { jws, hash } = await device.sign({ stance: { ...claims.stance, observedAt: waited, waited: true } as typeof claims.stance });
  const answer = (await service.report(jws)).json();
  expect(answer).toMatchObject({ result: 'accepted', compliance: 'compliant', failingSince: { 'disk.encryption': waited } });
  Object.assign(device.chain, { seq: device.chain.seq + 1, prev: hash, nonce: answer.nonce });
  expect((await report(device, { disk: false })).compliance).toBe('grace');
  service.pass(5 * DAY);
  expect((await report(device, { disk: false })).compliance).toBe('not-compliant');
});

test('a device is judged by the baselines for its tags and its owner, and told them; a tag takes hold at once', async () => {
  await restart([
    baseline({ 'disk.encryption': {} }),
    document('strict', { kind: 'baseline', id: 'strict', platforms: ['linux'], when: { tags: ['finance'] }, checks: { 'firewall.enabled': {} } }),
  ]);
  const device = await joinDevice(service);
  expect(await report(device, { firewall: false })).toMatchObject({ compliance: 'compliant', baseline: { id: 'laptop' } });
  const tagged = await service.call('POST', `/v1/devices/${device.id}/assignment`, { tags: ['finance'] });
  expect(tagged.json()).toMatchObject({ tags: ['finance'], compliance: 'not-compliant' });
  expect(await report(device, { firewall: false })).toMatchObject({ compliance: 'not-compliant', baseline: { id: 'laptop+strict' } });
  const enrolled = await joinDevice(service, undefined, { grant: { approves: true, tags: ['finance'] } });
  expect(enrolled.joined.baseline.id).toBe('laptop+strict');
});

test('an exemption is for its device alone, told to its agent, and over when it is over', async () => {
  const [device, other] = [await joinDevice(service), await joinDevice(service)];
  const until = new Date(service.now() + DAY).toISOString();
  const exemption = { kind: 'exemption', id: 'old-scanner', devices: [device.id], checks: ['disk.encryption'], by: 'ann', why: 'replaced in spring', until };
  await restart([baseline({ 'disk.encryption': {} }), document('exemption', exemption)]);
  const told = await report(device, { disk: false });
  expect(told).toMatchObject({ compliance: 'compliant', baseline: { document: { exemptions: [exemption] } } });
  expect((await report(other, { disk: false })).compliance).toBe('not-compliant');
  const { checks } = (await service.call('GET', `/v1/devices/${device.id}`)).json();
  expect(checks[0]).toMatchObject({ verdict: 'fail', standing: 'exempt', exemption: { id: 'old-scanner', by: 'ann', why: 'replaced in spring', until } });
  service.pass(DAY);
  expect(await compliance(device.id)).toBe('not-compliant');
});

test('heartbeats carry how old readings are: what was not read again in time does not count', async () => {
  await restart([baseline({ 'disk.encryption': { maxAge: 'PT1H' } })]);
  const device = await joinDevice(service);
  await report(device);
  const readings = posture({ at: service.now() });
  const heartbeat = async (oldest: number) => {
    await device.renew();
    const claims = device.claims(readings, 'heartbeat');
    const { jws, hash } = await device.sign({
      stance: { ...claims.stance, oldestReadAt: { process: new Date(oldest).toISOString() } } as typeof claims.stance,
    });
    const answer = (await service.report(jws)).json();
    Object.assign(device.chain, { seq: device.chain.seq + 1, prev: hash });
    return answer.compliance as string;
  };
  const readOnce = service.now();
  service.pass(50 * MINUTE);
  expect(await heartbeat(readOnce)).toBe('compliant');
  // Between two reports, too.
  service.pass(10 * MINUTE);
  expect(await compliance(device.id)).toBe('unknown');
  expect(await heartbeat(readOnce)).toBe('unknown');
  expect(await heartbeat(service.now())).toBe('compliant');
});
