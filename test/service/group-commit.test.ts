/**
 * Group commit under everything that can happen to it (fast-check): two processes on one database, stores that fail, several
 * writes to one device in one commit. What was acknowledged is stored once and in its place; what was refused has not happened.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createInventory, type HeldDevice, type Inventory } from '../../src/service/inventory.ts';
import { newDevice } from '../../src/service/new-device.ts';
import { openSqlite } from '../../src/service/store/sqlite.ts';
import type { EvidenceRow, Store } from '../../src/service/store/store.ts';
import { createSigner } from '../attest/device.ts';
import { folder } from './service.ts';

const AT = '2026-11-24T08:00:00.000Z';
const DEVICES = ['a', 'b'] as const;

/** One process: an inventory, and a store that can be made to fail before it has written, in the middle of it, or when it is read. */
interface Service {
  readonly inventory: Inventory;
  readonly store: Store;
  failing: 'not' | 'at once' | 'in the middle' | 'in reading';
}

function startService(file: string): Service {
  const store = openSqlite(file);
  const service: Service = { store, failing: 'not', inventory: undefined as unknown as Inventory };
  const writeDevices: Store['writeDevices'] = (batch) => {
    if (service.failing === 'at once') throw new Error('disk full');
    // A row that SQLite refuses, behind all the others: the transaction must take them back.
    const last = batch.at(-1)?.after;
    const refused = { before: last, after: last, evidence: { ...row(1, 'x', ''), jws: null } } as never;
    return store.writeDevices(service.failing === 'in the middle' ? [...batch, refused] : batch);
  };
  const device: Store['device'] = (id) => {
    if (service.failing === 'in reading') throw new Error('disk I/O error');
    return store.device(id);
  };
  return Object.assign(service, { inventory: createInventory({ ...store, writeDevices, device }) });
}

const row = (seq: number, hash: string, prev: string): EvidenceRow => ({
  ...{ epoch: 'e', seq, hash, kind: 'heartbeat', jws: prev, observedAt: AT, receivedAt: AT, compliance: 'compliant' },
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Accepts what comes next behind the head that this process believes in. */
function accept({ inventory }: Service, device: HeldDevice, hash: string): Promise<void> {
  const seq = (device.head?.seq ?? 0) + 1;
  const evidence = row(seq, hash, device.head?.hash ?? '');
  return inventory.commit(device, { head: { epoch: 'e', seq, hash, digest: 'd' }, lastReceivedAt: AT }, { evidence });
}

const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('evidence' as const), who: fc.nat(1), device: fc.constantFrom(...DEVICES) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('state' as const), who: fc.nat(1), device: fc.constantFrom(...DEVICES) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('turn' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('fail' as const), who: fc.nat(1), how: fc.constantFrom('not', 'at once', 'in the middle', 'in reading') }),
  },
);

test('what is acknowledged is stored once, in its place; what is refused has not happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (sequence) => {
      const file = path.join(folder(), 'service.db');
      const setup = openSqlite(file);
      for (const id of DEVICES) setup.addDevice(newDevice({ id, jwk: createSigner().publicJwk, epoch: 'e', platform: 'linux', enrolledAt: AT }));
      setup.close();
      const services = [startService(file), startService(file)];
      const told = new Map<string, string>();
      const answers: Promise<unknown>[] = [];
      let count = 0;
      for (const step of sequence) {
        if (step.does === 'turn') await turn();
        else {
          const service = services[step.who] as Service;
          if (step.does === 'fail') service.failing = step.how as Service['failing'];
          else {
            const device = service.inventory.get(step.device) as HeldDevice;
            const hash = `h${++count}`;
            const written = step.does === 'evidence' ? accept(service, device, hash) : service.inventory.commit(device, { state: 'suspect' });
            answers.push(
              written.then(
                () => void (step.does === 'evidence' && told.set(hash, 'accepted')),
                () => void told.set(hash, 'refused'),
              ),
            );
          }
        }
      }
      for (const service of services) service.failing = 'not';
      await turn();
      await Promise.all(answers);
      const { store } = services[0] as Service;
      for (const id of DEVICES) {
        const rows = [...store.audit(id)].flatMap((item) => ('evidence' in item ? [item.evidence] : []));
        expect(rows.map(({ seq, jws, hash }) => [seq, jws, told.get(hash)])).toEqual(
          rows.map((_row, index) => [index + 1, rows[index - 1]?.hash ?? '', 'accepted']),
        );
        expect(store.device(id)?.head?.hash).toBe(rows.at(-1)?.hash);
      }
      const stored = DEVICES.flatMap((id) => [...store.audit(id)]).length;
      expect(stored).toBe([...told.values()].filter((what) => what === 'accepted').length);
      for (const service of services) service.store.close();
      rmSync(path.dirname(file), { recursive: true });
    }),
    { numRuns: 200 },
  );
}, 180_000);
