/** What does not extend the chain: restored devices, restored services, and copies. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { uptime } from '../attest/device.ts';
import { createTestService, joinDevice, type TestService } from './service.ts';

type Device = Awaited<ReturnType<typeof joinDevice>>;
let service: TestService;
let device: Device;
beforeEach(async () => {
  service = await createTestService();
  device = await joinDevice(service);
  for (let reports = 0; reports < 3; reports++) await device.report();
});
afterEach(() => service.close());

const detail = async (id = device.id) => (await service.call('GET', `/v1/devices/${id}`)).json();
const stateOf = async (): Promise<string> => (await detail()).state;
/** Another holder of the same key: what it knows of the chain is what stood on the disk that it came from. */
const holder = (chain: Device['chain']): Device['chain'] => ({ ...chain });

/** Reports as a holder would: a fresh nonce in hand, adopting the epoch that it is told. Every code on the way. */
async function reportAs(chain: Device['chain']): Promise<string> {
  Object.assign(device.chain, chain);
  device.chain.nonce = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce;
  const answer = await device.report();
  const { code, epoch, head } = answer.json();
  if (epoch !== undefined) Object.assign(device.chain, { epoch, seq: 1, prev: head?.hash ?? null });
  Object.assign(chain, device.chain);
  return code ?? answer.json().result;
}

test('a disk restored from a backup, once: suspect, told where to go on, and well again', async () => {
  const disk = holder(device.chain);
  await device.report();
  expect(await reportAs(disk)).toBe('chain-fork');
  expect(await stateOf()).toBe('suspect');
  expect(await reportAs(disk)).toBe('accepted');
  // Whoever was told the epoch has reported; only when nobody else does as well is it certain.
  expect(await stateOf()).toBe('suspect');
  expect(await reportAs(disk)).toBe('accepted');
  expect(await detail()).toMatchObject({ state: 'active', stateReason: null, branches: [{ place: 'fork', seq: 4 }] });
});

test('the same backup restored again and again is never quarantined', async () => {
  const backup = holder(device.chain);
  await device.report();
  for (let restored = 0; restored < 4; restored++) {
    const disk = holder(backup);
    expect(await reportAs(disk)).toBe('chain-fork');
    expect(await reportAs(disk)).toBe('accepted');
    expect(await reportAs(disk)).toBe('accepted');
    expect(await stateOf()).toBe('active');
  }
});

describe('a copy of the state, both living', () => {
  test.each([
    ['the copy reports first', ['copy', 'original']],
    ['the original reports first', ['original', 'copy']],
  ] as const)('%s: suspect, then quarantine, both branches kept', async (_name, order) => {
    const chains = { original: holder(device.chain), copy: holder(device.chain) };
    const codes: string[] = [];
    for (const who of [...order, ...order]) codes.push(await reportAs(chains[who]));
    expect(codes).toEqual(['accepted', 'chain-fork', 'device-quarantined', 'device-quarantined']);
    const shown = await detail();
    expect(shown.state).toBe('quarantined');
    expect(shown.branches.map(({ place }: { place: string }) => place)).toEqual(['fork', 'second-holder']);
  });

  test('a copy that hurries into the new epoch is found when the original reports', async () => {
    const [original, copy] = [holder(device.chain), holder(device.chain)];
    await reportAs(original);
    for (const expected of ['chain-fork', 'accepted', 'accepted']) expect(await reportAs(copy)).toBe(expected);
    expect(await reportAs(original)).toBe('device-quarantined');
  });

  test('a copy that claims to be ahead, as after a restored service, is found by its next report', async () => {
    const [original, copy] = [holder(device.chain), { ...device.chain, seq: 9 }];
    expect(await reportAs(copy)).toBe('chain-gap');
    expect(await reportAs(copy)).toBe('accepted');
    // A service that was restored shuts no device out that was told nothing of it: the original is suspect first.
    expect(await reportAs(original)).toBe('chain-fork');
    expect(await stateOf()).toBe('suspect');
    expect(await reportAs(copy)).toBe('device-quarantined');
  });

  test('a copy of an older state does not drive the original out: the next report of either ends it', async () => {
    const old = holder(device.chain);
    await device.report();
    const original = holder(device.chain);
    expect(await reportAs(old)).toBe('chain-fork');
    expect(await reportAs(original)).toBe('device-quarantined');
  });

  test('nothing is decided on it, nothing attested of it, and nothing taken of it any more', async () => {
    const [original, copy] = [holder(device.chain), holder(device.chain)];
    for (const chain of [original, copy]) await reportAs(chain);
    const ask = {
      subject: { type: 'user', id: 'ada' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { device: { id: device.id } },
    };
    const decide = async () => (await service.call('POST', '/access/v1/evaluation', ask)).json().context;
    const attest = async () => (await service.call('GET', `/v1/devices/${device.id}/attestation-result`)).json().code;
    expect([(await decide()).outcome, await attest()]).toEqual(['challenge', 'device-suspect']);
    await reportAs(original);
    expect([(await decide()).outcome, await attest()]).toEqual(['block', 'device-quarantined']);
  });
});

describe('what proves nothing changes nothing:', () => {
  test('the refused evidence sent again is told the same epoch, whoever asks and however late', async () => {
    const disk = holder(device.chain);
    await device.report();
    Object.assign(device.chain, disk, { nonce: (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce });
    const first = await device.report();
    service.pass(20 * 60_000);
    const again = await service.report(first.jws);
    expect([again.status, again.json().epoch]).toEqual([409, first.json().epoch]);
    expect((await detail()).branches).toHaveLength(1);
  });

  test('old evidence sent again is superseded, and writes nothing', async () => {
    const service2 = await createTestService();
    const other = await joinDevice(service2);
    const { jws } = await other.report();
    await other.report();
    expect((await service2.report(jws)).json()).toMatchObject({ result: 'superseded', seq: 1 });
    expect((await service2.call('GET', `/v1/devices/${other.id}/history`)).json().history).toHaveLength(2);
    await service2.close();
  });

  test('evidence of a closed epoch that was signed before the closing', async () => {
    const [original, copy] = [holder(device.chain), holder(device.chain)];
    await reportAs(original);
    // Signed with a nonce of now, and on its way while the copy is refused.
    Object.assign(device.chain, original, { nonce: (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce });
    const late = (await device.sign()).jws;
    service.pass(1000);
    await reportAs(copy);
    expect((await service.report(late)).json().code).toBe('nonce-used');
    expect(await stateOf()).toBe('suspect');
  });
});

test('a service restored from a backup: the device goes on in a new epoch, and is not suspect', async () => {
  const ahead = { ...device.chain, seq: 7, prev: 'a'.repeat(43) };
  expect(await reportAs(ahead)).toBe('chain-gap');
  expect(await stateOf()).toBe('active');
  expect(await reportAs(ahead)).toBe('accepted');
  // And one whose epoch this service has never heard of.
  const elsewhere = { ...device.chain, epoch: 'of-a-later-service', seq: 3 };
  expect(await reportAs(elsewhere)).toBe('chain-gap');
  expect(await stateOf()).toBe('active');
});

test('a service whose clock was set back shuts nobody out', async () => {
  service.pass(-3 * 3600_000);
  expect((await device.report()).status).toBe(200);
  service.pass(10 * 60_000);
  expect((await device.report()).status).toBe(200);
});

test('history is kept and decides nothing', async () => {
  const before = (await detail()).readings;
  const late = await device.sign({
    stance: { ...device.claims([uptime('2026-11-24T07:59:00.000Z')]).stance, observedAt: new Date(service.now() - 3600_000).toISOString() },
  });
  service.pass(1000);
  expect((await service.report(late.jws)).json().result).toBe('accepted');
  expect(before).toHaveLength(1);
  const ask = { subject: { type: 'user', id: 'ada' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context: { device: { id: device.id } } };
  // Had it decided, the evidence behind the decision would be an hour old.
  expect((await service.call('POST', '/access/v1/evaluation', ask)).json().context.device.evidence_age).toBeLessThan(60);
});
