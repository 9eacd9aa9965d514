/** What evidence carries of its device, and how its device's evidence hangs together in the database: read again, it is what was written. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DeviceFacts, sharing } from '../../src/policy/index.ts';
import { createInventory, type DeviceChange, type HeldDevice } from '../../src/service/inventory.ts';
import { newDevice } from '../../src/service/new-device.ts';
import { MIGRATIONS, migrate } from '../../src/service/store/migrations.ts';
import { openSqlite } from '../../src/service/store/sqlite.ts';
import type { EvidenceRow } from '../../src/service/store/store.ts';
import { createSigner } from '../attest/device.ts';
import { folder } from './service.ts';

const AT = '2026-11-24T08:00:00.000Z';
const DEVICES = ['a', 'b'] as const;

const timeline = (compliance: 'compliant' | 'unknown'): DeviceFacts['timeline'] => [{ from: 0, compliance, checks: {}, stale: [] }];
const factsOf = (id: string, good: boolean, observedAt: number, oldestReadAt?: DeviceFacts['oldestReadAt']): DeviceFacts => ({
  ...{ id, platform: 'linux', assurance: 'software', verdicts: { 'disk.encryption': good ? 'pass' : 'unknown' }, problems: [] },
  ...{ timeline: timeline(good ? 'compliant' : 'unknown'), observedAt, readings: `r${observedAt}`, ...(oldestReadAt === undefined ? {} : { oldestReadAt }) },
});

const steps = fc.record({
  device: fc.constantFrom(...DEVICES),
  /** An evidence, or an administrator. */
  evidence: fc.boolean(),
  kind: fc.constantFrom('full' as const, 'heartbeat' as const),
  day: fc.constantFrom('2026-11-22', '2026-11-23', '2026-11-24'),
  /** How the device stands; undefined for history, which changes nothing of it. */
  good: fc.constantFrom(true, true, false, undefined),
  aged: fc.boolean(),
  clock: fc.boolean(),
  other: fc.constantFrom('nothing' as const, 'nothing' as const, 'state' as const, 'policies' as const, 'key' as const),
  archives: fc.constantFrom(false, false, false, true),
});
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function changeOf(device: HeldDevice, step: Step, count: number): DeviceChange {
  const made = step.good === undefined ? undefined : factsOf(device.id, step.good, count, step.aged ? { cheap: count } : undefined);
  return {
    ...(made === undefined ? {} : { facts: sharing(made, device.facts) }),
    ...(step.clock ? { clocks: { 'disk.encryption': { since: count } } } : {}),
    ...(step.other === 'state' ? { state: count % 2 === 0 ? 'suspect' : 'active' } : {}),
    ...(step.other === 'policies' ? { factsVersion: `v${count}` } : {}),
    ...(step.other === 'key' ? { jwk: createSigner().publicJwk, previousJwk: device.jwk } : {}),
  };
}

test('a device is read as it was written, whatever its evidence carried of it and whatever has been archived', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 30 }), async (sequence) => {
      const file = path.join(folder(), 'service.db');
      const store = openSqlite(file);
      for (const id of DEVICES) store.addDevice(newDevice({ id, jwk: createSigner().publicJwk, epoch: 'e', platform: 'linux', enrolledAt: AT }));
      const inventory = createInventory(store);
      const days = ['2026-11-23', '2026-11-24', ...sequence.map((_, index) => `2026-12-${index + 10}`)];
      const written: Record<(typeof DEVICES)[number], EvidenceRow[]> = { a: [], b: [] };
      for (const [count, step] of sequence.entries()) {
        const device = inventory.get(step.device) as HeldDevice;
        const change = changeOf(device, step, count);
        if (step.evidence) {
          const seq = (device.head?.seq ?? 0) + 1;
          const receivedAt = `${step.day}T08:00:00.000Z`;
          const head = { epoch: 'e', seq, hash: `h${count}`, digest: `d${count}` };
          const readings = Buffer.from(JSON.stringify({ stance: { epoch: 'e', seq, kind: step.kind, observedAt: AT, readings: [count] } })).toString(
            'base64url',
          );
          const jws = `e30.${readings}.c2ln`;
          const evidence: EvidenceRow = { epoch: 'e', seq, hash: head.hash, kind: step.kind, jws, observedAt: AT, receivedAt, compliance: 'compliant' };
          written[step.device].push(evidence);
          await inventory.commit(device, { ...change, head, nonceFloor: count, lastReceivedAt: receivedAt }, { evidence });
        } else await inventory.commit(device, change);
        if (step.archives) expect(store.archiveBefore(days.shift() ?? '', 10)).toBe(DEVICES.length);
        const again = openSqlite(file);
        for (const id of DEVICES) {
          expect(again.device(id)).toEqual({ ...inventory.get(id) });
          const rows = written[id];
          expect([...again.audit(id)].map((item) => ('evidence' in item ? item.evidence.seq : null))).toEqual(rows.map(({ seq }) => seq));
          expect(again.history(id, 100).map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).reverse());
          const newest = rows.at(-1);
          if (newest !== undefined) expect(again.evidence(id, newest.hash)).toBe(newest.jws);
          const full = rows.findLast(({ kind }) => kind === 'full');
          expect(again.readings(id)).toEqual(full === undefined ? [] : [Number(full.hash.slice(1))]);
        }
        expect(again.devices()).toEqual(DEVICES.map((id) => again.device(id)));
        again.close();
      }
      store.eraseDevice('a');
      expect([store.device('a'), [...store.audit('a')], store.history('a', 9), store.device('b')?.id]).toEqual([undefined, [], [], 'b']);
      store.close();
      const left = new DatabaseSync(file, { readOnly: true });
      expect(left.prepare("SELECT count(*) AS count FROM evidence WHERE device = 'a'").get()).toEqual({ count: 0 });
      left.close();
      rmSync(path.dirname(file), { recursive: true });
    }),
    { numRuns: 60 },
  );
}, 180_000);

test('evidence of an unchanged posture leaves the row of its device alone', async () => {
  const file = path.join(folder(), 'service.db');
  const store = openSqlite(file);
  store.addDevice(newDevice({ id: 'a', jwk: createSigner().publicJwk, epoch: 'e', platform: 'linux', enrolledAt: AT }));
  const inventory = createInventory(store);
  const device = inventory.get('a') as HeldDevice;
  const rows: unknown[] = [];
  const looking = new DatabaseSync(file, { readOnly: true });
  for (const [count, good] of [true, true, true, false, false].entries()) {
    const head = { epoch: 'e', seq: count + 1, hash: `h${count}`, digest: 'd' };
    const evidence: EvidenceRow = { ...head, kind: 'full', jws: '', observedAt: AT, receivedAt: AT, compliance: 'compliant' };
    const facts = sharing(factsOf('a', good, count), device.facts);
    await inventory.commit(device, { head, facts, factsVersion: 'v', nonceFloor: count, lastReceivedAt: AT }, { evidence });
    rows.push((looking.prepare('SELECT revision FROM devices').get() as { revision: number }).revision);
  }
  looking.close();
  store.close();
  expect(rows).toEqual([1, 1, 1, 4, 4]);
});

test('evidence of a database from before is chained, and each device goes on where it was', () => {
  const file = path.join(folder(), 'service.db');
  const old = new DatabaseSync(file);
  for (const step of MIGRATIONS.slice(0, 4)) old.exec(step);
  old.exec('PRAGMA user_version = 4');
  const jwk = JSON.stringify(createSigner().publicJwk);
  for (const id of DEVICES)
    old
      .prepare(
        "INSERT INTO devices (id, jwk, platform, assurance, state, enrolled_at, description, epoch, head, last_full, revision) VALUES (?, ?, 'linux', 'software', 'active', ?, '{}', 'e', ?, ?, 7)",
      )
      .run(id, jwk, AT, JSON.stringify({ epoch: 'e', seq: 3, hash: `${id}3`, digest: 'd' }), id === 'a' ? 3 : 2);
  for (const seq of [1, 2, 3])
    for (const id of DEVICES)
      old
        .prepare(
          "INSERT INTO evidence (device, epoch, seq, hash, kind, jws, observed_at, received_at, compliance) VALUES (?, 'e', ?, ?, 'full', ?, ?, ?, 'compliant')",
        )
        .run(id, seq, `${id}${seq}`, `jws ${id}${seq}`, AT, AT);
  old.close();
  const store = openSqlite(file);
  for (const id of DEVICES) {
    expect(store.device(id)).toMatchObject({ revision: 7, head: { seq: 3, hash: `${id}3` } });
    expect(store.history(id, 2).map(({ hash }) => hash)).toEqual([`${id}3`, `${id}2`]);
    expect([...store.audit(id)].map((item) => 'evidence' in item && item.evidence.jws)).toEqual([1, 2, 3].map((seq) => `jws ${id}${seq}`));
    expect(store.evidence(id, `${id}1`)).toBe(`jws ${id}1`);
  }
  // A Stance from before that still runs knows nothing of what is new, and what it adds is there.
  const running = new DatabaseSync(file);
  running.exec(
    `INSERT INTO devices (id, jwk, platform, assurance, state, enrolled_at, description, epoch) SELECT 'c', jwk, platform, assurance, state, enrolled_at, description, epoch FROM devices WHERE id = 'a'`,
  );
  running.close();
  expect([store.device('c')?.revision, store.devices().length]).toEqual([0, 3]);
  store.close();
});

test('a clock that was years ahead for a while keeps nothing from being archived', async () => {
  const store = openSqlite(':memory:');
  store.addDevice(newDevice({ id: 'a', jwk: createSigner().publicJwk, epoch: 'e', platform: 'linux', enrolledAt: AT }));
  const inventory = createInventory(store);
  const device = inventory.get('a') as HeldDevice;
  for (const seq of [1, 2, 3]) {
    const head = { epoch: 'e', seq, hash: `h${seq}`, digest: 'd' };
    await inventory.commit(
      device,
      { head },
      { evidence: { ...head, kind: 'heartbeat', jws: 'e30.e30.c2ln', observedAt: AT, receivedAt: AT, compliance: 'compliant' } },
    );
    if (seq === 1) expect(store.archiveBefore('2036-01-01', 10)).toBe(1);
  }
  expect([store.archiveBefore('2026-11-25', 10), store.archiveBefore('2026-11-25', 10)]).toEqual([1, 0]);
  expect([store.evidence('a', 'h2'), store.evidence('a', 'h3')]).toEqual([null, 'e30.e30.c2ln']);
  store.close();
});

test('of two services that start with an old database at once, each finds it brought up to date', () => {
  const file = path.join(folder(), 'service.db');
  const [one, other] = [new DatabaseSync(file), new DatabaseSync(file)];
  for (const step of MIGRATIONS.slice(0, 4)) one.exec(step);
  one.exec('PRAGMA user_version = 4');
  let quicker = true;
  const late = {
    prepare: (sql: string) => one.prepare(sql),
    exec(sql: string) {
      if (quicker) migrate(other);
      quicker = false;
      one.exec(sql);
    },
  };
  migrate(late as DatabaseSync);
  expect(one.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
  for (const database of [one, other]) database.close();
});
