/** What the archive must not do: forget what still stands in a chain, lose what somebody else added, bring back what was erased. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { auditStore, openKeys, openStore } from '../../src/service/index.ts';
import { uptime } from '../attest/device.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const DAY_MS = 24 * 3600_000;

let where: { readonly file: string; readonly state: string };
let service: TestService;
let device: Awaited<ReturnType<typeof joinDevice>>;
beforeEach(async () => {
  where = { file: path.join(folder(), 'service.db'), state: folder() };
  service = await createTestService({ store: `sqlite:${where.file}`, state: where.state, retentionDays: 8 });
  // At midnight: the reports of a day fall on one day.
  service.pass(DAY_MS - (service.now() % DAY_MS));
  device = await joinDevice(service);
});
afterEach(() => service.close());

/** One report, with a fresh nonce, and a third of a day after it. */
async function report(kind: 'full' | 'heartbeat'): Promise<void> {
  device.chain.nonce = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: device.id })).json().nonce;
  expect((await device.report([uptime()], kind)).json().result).toBe('accepted');
  service.pass(DAY_MS / 3 - 1000);
}
/** Three heartbeats a day, behind one full evidence. */
async function reportFor(days: number): Promise<void> {
  for (let turn = 0; turn < 3 * days; turn++) await report(device.chain.prev === null ? 'full' : 'heartbeat');
}

function audit() {
  const store = openStore(`sqlite:${where.file}`);
  const found = [...auditStore(store, openKeys(where.state, service.now).jwks('audit').keys as never)];
  store.close();
  return found;
}

test('a device that fell silent long ago still verifies, and so does what it reports when it is back', async () => {
  await reportFor(3);
  for (let days = 0; days < 20; days++) {
    service.pass(DAY_MS);
    await service.maintain();
    expect(audit()).toMatchObject([{ problems: [] }]);
  }
  await reportFor(2);
  await service.maintain();
  expect(audit()).toMatchObject([{ problems: [], folded: 8 }]);
  // With the next full evidence nothing of back then is needed any more.
  await report('full');
  service.pass(10 * DAY_MS);
  await service.maintain();
  expect(audit()).toMatchObject([{ problems: [], evidence: 1, folded: 0 }]);
});

describe('while a day is being folded', () => {
  /** A day as maintenance finds it before it signs. */
  async function findDay() {
    await reportFor(1);
    service.pass(DAY_MS);
    await service.maintain();
    const store = openStore(`sqlite:${where.file}`);
    const [found] = store.unfolded('2027-01-01', 1);
    if (found === undefined) throw new Error('Nothing was archived.');
    return { store, found };
  }

  test('what another process adds to it is not lost', async () => {
    const { store, found } = await findDay();
    // The head of that day is archived once there is another.
    await reportFor(1);
    service.pass(DAY_MS);
    await service.maintain();
    store.putFolded(found, []);
    store.close();
    expect(audit()).toMatchObject([{ problems: [], evidence: 6 }]);
  });

  test('a device that is erased stays erased', async () => {
    const { store, found } = await findDay();
    await service.call('DELETE', `/v1/devices/${device.id}`);
    store.putFolded(found, found.items);
    store.close();
    const raw = new DatabaseSync(where.file);
    expect(raw.prepare('SELECT count(*) AS count FROM archive').get()).toEqual({ count: 0 });
    raw.close();
  });
});
