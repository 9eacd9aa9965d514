/** Policies are put into force by command: at once, with no failed request, never by surprise, and with a way back. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { baseline, directory, type PolicyText, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const people = directory({ users: [{ id: 'ann', groups: ['staff'] }], resources: [{ type: 'app', id: 'wiki', protected: true }] });
const compliant = policy('compliant', { grant: { require: ['compliant-device'] } });
const lenient = [baseline({ 'firewall.enabled': {} }), people, compliant];
const strict = [baseline({ 'firewall.enabled': {}, 'disk.encryption': {} }), people, compliant];
const broken: PolicyText[] = [{ name: 'access.yaml', text: 'kind: access-policy\nid: x\nstate: enforcd\nwhen: {}\n' }];

let service: TestService;
let file: string;
const restart = async (policies: readonly PolicyText[]): Promise<void> => {
  await service.close();
  service = await createTestService({ policies, store: `sqlite:${file}` }, service.now() + 1000);
};
beforeEach(async () => {
  file = path.join(folder(), 'service.db');
  service = await createTestService({ policies: lenient, store: `sqlite:${file}` });
});
afterEach(() => service.close());

const reporting = async (what: Parameters<typeof posture>[0] | object = {}) => {
  const device = await joinDevice(service, undefined, { grant: { approves: true, owner: 'ann' } });
  expect((await device.report(posture({ ...what, at: service.now() }))).status).toBe(200);
  return device.id;
};
const ask = async (device: string) =>
  (
    await service.call('POST', '/access/v1/evaluation', {
      ...{ subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } },
      context: { device: { id: device } },
    })
  ).json();
const apply = (files: readonly PolicyText[], more: object = {}) => service.call('POST', '/v1/policies', { files, ...more });
const readiness = async () => (await service.call('GET', '/readyz')).json();

test('they decide at once, stay in force through a restart whatever the folder says, and the version that was before can come back', async () => {
  const plain = await reporting({ disk: false });
  expect((await ask(plain)).context.outcome).toBe('allow');
  const applied = await apply(strict, { note: 'disks', confirmImpact: 1 });
  expect([applied.status, applied.json().number]).toEqual([201, 2]);
  expect((await ask(plain)).context).toMatchObject({ outcome: 'challenge', policy_version: applied.json().version });
  expect((await service.call('GET', `/v1/devices/${plain}`)).json().compliance).toBe('not-compliant');

  await restart(lenient);
  expect((await ask(plain)).context.outcome).toBe('challenge');
  expect(await readiness()).toMatchObject({ status: 'ready', policies: { number: 2, version: applied.json().version } });

  expect((await service.call('POST', '/v1/policies/1/activation', { reason: 'too early' })).status).toBe(201);
  expect((await ask(plain)).context.outcome).toBe('allow');
  const { active, versions } = (await service.call('GET', '/v1/policies')).json();
  expect(active).toMatchObject({ number: 3, backTo: 1, note: 'too early' });
  expect(versions.map(({ number, by }: { number: number; by: string }) => [number, by])).toEqual([
    [3, 'administrator'],
    [2, 'administrator'],
    [1, 'stance serve'],
  ]);
  expect((await service.call('GET', '/v1/policies/2')).json().files).toEqual(strict);
  expect((await service.call('GET', '/metrics')).text).toContain('stance_policy_number 3');
});

describe('errors', () => {
  test('all are told with line and column, and nothing changes', async () => {
    const before = (await readiness()).policies;
    const answer = await apply([...strict, ...broken]);
    expect([answer.status, answer.json().code]).toEqual([422, 'policy-invalid']);
    expect(answer.json().detail).toContain('access.yaml:3:');
    expect((await readiness()).policies).toEqual(before);
    expect((await service.call('GET', '/v1/policies')).json().versions).toEqual([]);
  });

  test('in the folder, at a start: the last good version stays, and readiness says where the error is and not what stands there', async () => {
    await apply(strict);
    await restart(broken);
    const { policies } = await readiness();
    expect(policies.number).toBe(2);
    expect(policies.problem).toContain('access.yaml:3:');
    expect(policies.problem).not.toContain('enforcd');
    expect((await apply(strict)).status).toBe(201);
    expect((await readiness()).policies.problem).toBeUndefined();
  });

  test('in the folder, where nothing was ever applied: the service does not start', async () => {
    await expect(createTestService({ policies: broken })).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  test('a version that this Stance cannot use any more gives way to an older one', async () => {
    await apply(strict);
    await apply(lenient);
    const database = new DatabaseSync(file);
    database.prepare('UPDATE policies SET files = ? WHERE number = 3').run(JSON.stringify(broken));
    database.close();
    await restart(lenient);
    const { policies } = await readiness();
    expect([policies.number, policies.problem]).toEqual([2, expect.stringContaining('Version 3 cannot be used')]);
    // What comes next stands behind all that there are.
    expect((await apply(lenient)).json().number).toBe(4);
  });
});

describe('impact', () => {
  test('more devices than may be shut out: refused with who and through what, until somebody says how many', async () => {
    const [plain] = [await reporting({ disk: false }), await reporting(), await reporting({ firewall: false })];
    const refused = await apply(strict);
    expect([refused.status, refused.json().code]).toEqual([409, 'impact-too-large']);
    // The one whose firewall is off is not fine today: nothing is taken from it.
    expect(refused.json().impact).toMatchObject({
      fine: 2,
      shutOut: 1,
      devices: [{ device: plain, because: ['disk.encryption'] }],
      through: { 'disk.encryption': 1 },
    });
    expect((await apply(strict, { confirmImpact: 0 })).status).toBe(409);
    expect((await readiness()).policies.number).toBe(0);
    expect((await apply(strict, { confirmImpact: 1 })).status).toBe(201);
  });

  test('a healthy device that would be denied what it was granted of late counts too', async () => {
    const device = await reporting();
    expect((await ask(device)).decision).toBe(true);
    // What was asked is written down after a second at the latest.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const refused = await apply([...lenient, policy('nobody', { when: { resources: [{ type: 'app', id: 'wiki' }] }, grant: { block: true } })]);
    expect(refused.json().impact).toMatchObject({ fine: 1, shutOut: 1, people: 1, questions: 1, devices: [{ device, because: ['nobody'] }] });
  });

  test('a dry run says it and changes nothing', async () => {
    await reporting({ disk: false });
    const answer = await apply(strict, { dryRun: true });
    expect([answer.status, answer.json().impact.shutOut, (await readiness()).policies.number]).toEqual([200, 1, 0]);
  });
});

test('while they are changed again and again, no request fails, and no decision mixes old and new', async () => {
  const devices = await Promise.all(Array.from({ length: 30 }, () => reporting({ disk: false })));
  const versions: Record<string, string> = {};
  for (const [outcome, files] of [
    ['allow', lenient],
    ['challenge', strict],
  ] as const)
    versions[(await apply(files, { dryRun: true })).json().version] = outcome;
  let done = false;
  const seen = new Set<string>();
  const asking = (async () => {
    for (let turn = 0; !done; turn++) {
      const { context } = await ask(devices[turn % devices.length] ?? '');
      expect([context.policy_version, context.outcome]).toEqual([context.policy_version, versions[context.policy_version]]);
      seen.add(context.policy_version);
    }
  })();
  for (let turn = 0; turn < 10; turn++) {
    const answer = await apply(turn % 2 === 0 ? strict : lenient, { confirmImpact: 30 });
    expect(answer.status).toBe(201);
    expect((await ask(devices[turn] ?? '')).context.policy_version).toBe(answer.json().version);
  }
  done = true;
  await asking;
  expect(seen.size).toBe(2);
});

test('of two who change them at once, both are heard, one after the other', async () => {
  const answers = await Promise.all([apply(strict), apply(lenient)]);
  expect(answers.map((answer) => [answer.status, answer.json().number])).toEqual([
    [201, 2],
    [201, 3],
  ]);
});
