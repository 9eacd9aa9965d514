/** What is kept of decisions: enough to decide them again, by the same policies or by others; and nothing twice. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { compileEngine, loadPolicies } from '../../src/policy/index.ts';
import { pastDecisions } from '../../src/service/decision-history.ts';
import { openStore } from '../../src/service/index.ts';
import { baseline, directory, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice } from './service.ts';

const policies = [
  baseline({ 'disk.encryption': {}, 'firewall.enabled': { grace: 'P7D' } }),
  directory({ users: [{ id: 'ann', groups: ['staff'] }], resources: [{ type: 'app', id: 'wiki', protected: true }] }),
  policy('compliant', { grant: { require: ['compliant-device'] } }),
  policy('mfa', { state: 'report-only', grant: { require: ['mfa'] } }),
];

test('every decision can be made again from what was kept of it, and by a draft that asks for what nobody asked for then', async () => {
  const file = path.join(folder(), 'service.db');
  const service = await createTestService({ policies, store: `sqlite:${file}` });
  const [good, bad, foreign] = [
    await joinDevice(service, undefined, { grant: { approves: true, owner: 'ann', tags: ['lab'] } }),
    await joinDevice(service),
    await joinDevice(service, undefined, { grant: { approves: true, owner: 'mallory' } }),
  ];
  const said: { id: string; outcome: string }[] = [];
  const ask = async (device: string | undefined, extra: object = {}) => {
    const body = {
      subject: { type: 'user', id: 'ann' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { ...extra, ...(device ? { device: { id: device } } : {}) },
    };
    const { context } = (await service.call('POST', '/access/v1/evaluation', body)).json();
    said.push({ id: context.id, outcome: context.outcome });
  };
  for (const device of [good, bad, foreign]) await device.report(posture({ disk: device !== bad, firewall: false, at: service.now() }));
  for (const device of [good, bad, foreign]) await ask(device.id, { amr: ['mfa'] });
  await ask(undefined);
  await ask('nobody');
  for (let reports = 0; reports < 3; reports++) {
    service.pass(4 * 60_000);
    await good.report(posture({ firewall: false, at: service.now() }), 'heartbeat');
    await ask(good.id);
  }
  service.pass(20 * 60_000);
  await ask(good.id);
  await good.renew();
  expect((await good.report(posture({ disk: false, at: service.now() }))).status).toBe(200);
  await ask(good.id);
  await service.close();
  expect(said.map(({ outcome }) => outcome)).toEqual([
    ...['allow', 'challenge', 'block', 'block', 'block'],
    ...['allow', 'allow', 'allow'],
    ...['challenge', 'challenge'],
  ]);

  const store = openStore(`sqlite:${file}`);
  const past = [...pastDecisions(store, 0)];
  const engine = compileEngine(loadPolicies(policies), { reportIntervalMs: 300_000 });
  expect(past.map(({ id, outcome }) => ({ id, outcome }))).toEqual(said);
  expect(past.map(({ input }) => engine.decide(input).context.outcome)).toEqual(said.map(({ outcome }) => outcome));
  expect(past[0]?.report_only).toEqual([{ id: 'mfa', result: 'satisfied' }]);

  // A draft that looks into readings, at tags and at the person's claims: all of that was kept.
  const draft = loadPolicies([
    ...policies.slice(0, 2),
    policy('draft', {
      when: { device: { tags: ['lab'], checks: { 'disk.encryption': { value: 'value.volumes[0].by.size() > 0' } } } },
      grant: { require: ['mfa'] },
    }),
  ]);
  const drafted = compileEngine(draft, { reportIntervalMs: 300_000 });
  expect(past.filter(({ input }) => input.device?.id === good.id).map(({ input }) => drafted.decide(input).context.outcome)).toEqual([
    ...['allow', 'challenge', 'challenge', 'challenge'],
    // Stale evidence, and a disk that is not encrypted any more: neither is a reason to let anybody in.
    ...['block', 'block'],
  ]);
  store.close();

  // What a device is like is written once for each change of it, not for each decision or report.
  const raw = new DatabaseSync(file);
  expect(raw.prepare('SELECT count(*) AS count FROM postures WHERE device = ?').get(good.id)).toEqual({ count: 2 });
  expect(raw.prepare("SELECT count(*) AS count FROM postures WHERE posture LIKE '%ann%' OR posture LIKE '%mallory%'").get()).toEqual({ count: 0 });
  raw.close();
});

test('an erased device takes what it was like with it', async () => {
  const file = path.join(folder(), 'service.db');
  const service = await createTestService({ policies, store: `sqlite:${file}` });
  const device = await joinDevice(service);
  await device.report(posture({ at: service.now() }));
  const body = {
    subject: { type: 'user', id: 'ann' },
    action: { name: 'open' },
    resource: { type: 'app', id: 'wiki' },
    context: { device: { id: device.id } },
  };
  await service.call('POST', '/access/v1/evaluation', body);
  await service.call('POST', '/v1/erasures', { subject: 'nobody' });
  const raw = new DatabaseSync(file);
  const count = () => raw.prepare('SELECT (SELECT count(*) FROM postures) AS postures, (SELECT sum(count) FROM decisions) AS decisions').get();
  expect(count()).toEqual({ postures: 1, decisions: 1 });
  await service.call('DELETE', `/v1/devices/${device.id}`);
  expect(count()).toEqual({ postures: 0, decisions: 0 });
  raw.close();
  await service.close();
});
