/** The two threats that Stance was built for, and what may befall an honest person's device; against the running service. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Decision } from '../../src/model/index.ts';
import { baseline, directory, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice, type TestService } from './service.ts';

const DAY_MS = 24 * 3600_000;
const policies = [
  baseline({ 'disk.encryption': { grace: 'P7D' }, 'firewall.enabled': {} }),
  directory({
    users: [
      { id: 'ann', groups: ['staff'] },
      { id: 'bob', groups: ['staff'] },
      { id: 'glass-1', groups: ['break-glass'] },
    ],
    resources: [
      { type: 'app', id: 'wiki', protected: true },
      { type: 'record', id: 'salary-of-ann', protected: true, properties: { owner: 'ann', sensitivity: 'confidential' } },
    ],
  }),
  policy('apps-need-a-compliant-device', {
    when: { users: { exclude: ['group:break-glass'] }, resources: [{ type: 'app' }] },
    grant: { require: ['compliant-device', 'mfa'] },
  }),
  policy('records-are-for-their-owners', {
    when: { resources: [{ type: 'record' }], cel: 'resource.properties.owner == subject.id' },
    grant: { require: ['compliant-device', 'mfa'] },
  }),
  policy('break-glass', { when: { users: { include: ['group:break-glass'] } }, grant: { require: ['phishing-resistant-mfa'] } }),
];

let service: TestService;
let file: string;
beforeEach(async () => {
  file = path.join(folder(), 'service.db');
  service = await createTestService({ policies, store: `sqlite:${file}` });
});
afterEach(() => service.close());

const WIKI = { type: 'app', id: 'wiki' };
const SALARY = { type: 'record', id: 'salary-of-ann' };
/** Asked by an identity provider that is believed: the password was right, and so was the second factor. */
async function ask(person: string, device: string | undefined, resource: object = WIKI, context: object = { amr: ['pwd', 'mfa'] }): Promise<Decision> {
  const body = {
    subject: { type: 'user', id: person },
    action: { name: 'open' },
    resource,
    context: { ...context, ...(device === undefined ? {} : { device: { id: device } }) },
  };
  return (await service.call('POST', '/access/v1/evaluation', body)).json();
}
const said = async (...asked: Parameters<typeof ask>) => {
  const { decision, context } = await ask(...asked);
  return { decision, outcome: context.outcome, actions: context.required_actions };
};
const ALLOWED = { decision: true, outcome: 'allow', actions: [] };

/** A device of that person, which reports what it is told to. */
async function deviceOf(owner: string | null, how: Omit<Parameters<typeof posture>[0], 'at'> = {}) {
  const device = await joinDevice(service, undefined, { grant: { approves: true, ...(owner === null ? {} : { owner }) } });
  const report = async (now: typeof how = how) => {
    await device.renew();
    const answer = await device.report(posture({ ...now, at: service.now() }));
    expect(answer.json()).toMatchObject({ result: 'accepted' });
    return answer.json();
  };
  await report();
  return { ...device, report };
}

describe('a thief with stolen credentials, password and second factor', () => {
  test('gets nowhere from a device that nobody knows, or from none', async () => {
    for (const device of [undefined, 'a-device-of-the-thief']) {
      for (const resource of [WIKI, SALARY])
        expect(await said('ann', device, resource)).toEqual({ decision: false, outcome: 'block', actions: ['enroll-device'] });
    }
  });
  test('gets nowhere by enrolling: the device waits for somebody to let it in', async () => {
    const thief = await joinDevice(service, undefined, { grant: {} });
    expect(thief.joined.state).toBe('pending');
    expect((await thief.report(posture({ at: service.now() }))).json().code).toBe('device-pending');
    expect(await said('ann', thief.id)).toMatchObject({ decision: false, outcome: 'block' });
  });
  test('gets nowhere on a healthy device of their own: it is no proof for somebody else', async () => {
    const own = await deviceOf('mallory');
    expect(await said('ann', own.id)).toEqual({ decision: false, outcome: 'block', actions: [] });
    expect(await said('ann', own.id, SALARY)).toMatchObject({ decision: false, outcome: 'block' });
  });
});

describe('an honest person on a healthy device', () => {
  test('opens what is theirs, and not what is not', async () => {
    const [anns, bobs] = [await deviceOf('ann'), await deviceOf('bob')];
    expect(await said('ann', anns.id, SALARY)).toEqual(ALLOWED);
    expect(await said('bob', bobs.id)).toEqual(ALLOWED);
    const { decision, context } = await ask('bob', bobs.id, SALARY);
    expect({ decision, outcome: context.outcome, policies: context.policies.satisfied }).toEqual({ decision: false, outcome: 'block', policies: [] });
    expect(context.reasons[0]?.user.de).toContain('niemand erlaubt');
  });
  test('cannot say of a record that it is theirs, where they are not believed', async () => {
    const bobs = await deviceOf('bob');
    const { token } = (await service.call('POST', '/v1/tokens', { name: 'gateway', scopes: ['decide'] })).json();
    const body = {
      subject: { type: 'user', id: 'bob' },
      action: { name: 'open' },
      resource: { ...SALARY, properties: { owner: 'bob' } },
      context: { device: { id: bobs.id }, amr: ['mfa'] },
    };
    expect((await service.call('POST', '/access/v1/evaluation', body, { authorization: `Bearer ${token}` })).json().decision).toBe(false);
  });
});

describe('the same person', () => {
  test('whose firewall went off a second ago, is told how to turn it on; and back in when it is', async () => {
    const device = await deviceOf('ann');
    expect(await said('ann', device.id)).toEqual(ALLOWED);
    await device.report({ firewall: false });
    const { decision, context } = await ask('ann', device.id);
    expect({ decision, outcome: context.outcome, actions: context.required_actions }).toEqual({
      decision: false,
      outcome: 'challenge',
      actions: ['fix-device'],
    });
    expect(context.checks).toEqual([{ check: 'firewall.enabled', verdict: 'fail', standing: 'failing', because: expect.stringContaining('ufw') }]);
    expect(context.to_do[0]).toMatchObject({
      check: 'firewall.enabled',
      remedy: { steps: [{ en: expect.any(String), de: expect.any(String) }, ...Array(2).fill(expect.anything())] },
    });
    expect(context.policies.first_unmet).toEqual({ 'apps-need-a-compliant-device': 'compliant-device' });
    await device.report({});
    expect(await said('ann', device.id)).toEqual(ALLOWED);
  });

  test('in grace, gets in and is told until when; after the deadline no more, though the device has said nothing new', async () => {
    const device = await deviceOf('ann', { disk: false });
    const deadline = service.now() + 7 * DAY_MS;
    const { context } = await ask('ann', device.id);
    expect(context).toMatchObject({
      outcome: 'allow',
      device: { compliance: 'grace', deadline: new Date(deadline).toISOString() },
      checks: [{ check: 'disk.encryption', standing: 'grace' }],
      to_do: [{ check: 'disk.encryption' }],
    });
    // It reports to the last; what it said a minute ago counts, the deadline comes between.
    service.pass(deadline - service.now() - 62_000);
    await device.report({ disk: false });
    for (const left of [60, 30]) {
      service.pass(deadline - service.now() - left * 1000);
      expect((await ask('ann', device.id)).context).toMatchObject({ outcome: 'allow', max_age: left });
    }
    service.pass(30_000);
    expect((await ask('ann', device.id)).context).toMatchObject({
      outcome: 'challenge',
      required_actions: ['fix-device'],
      device: { compliance: 'not-compliant', evidence_age: 61 },
    });
  });

  test('with evidence older than two report intervals, is asked to report', async () => {
    const device = await deviceOf('ann');
    service.pass(10 * 60_000);
    expect(await said('ann', device.id)).toEqual(ALLOWED);
    service.pass(1);
    const { context } = await ask('ann', device.id);
    expect(context).toMatchObject({
      outcome: 'challenge',
      required_actions: ['fix-device'],
      reasons: [{ admin: { en: expect.stringContaining('has not reported for 10 minutes') } }],
    });
  });

  test('on a device that is suspect, is asked for a second factor', async () => {
    const device = await deviceOf('ann');
    const stored = { ...device.chain };
    await device.report({ firewall: true });
    // The disk comes back from a backup, and with it the chain as it was.
    Object.assign(device.chain, stored);
    await device.renew();
    expect((await device.sign({ jti: 'restored' }, posture({ at: service.now(), firewall: false })).then(({ jws }) => service.report(jws))).json().code).toBe(
      'chain-fork',
    );
    expect(await said('ann', device.id, WIKI, { amr: ['pwd'] })).toEqual({ decision: false, outcome: 'challenge', actions: ['mfa'] });
    expect(await said('ann', device.id)).toEqual(ALLOWED);
  });

  test.each(['revoked', 'retired'] as const)('on a device that is %s, is blocked', async (state) => {
    const device = await deviceOf('ann');
    await service.call('POST', `/v1/devices/${device.id}/${state === 'revoked' ? 'revoke' : 'retire'}`, { reason: 'a test' });
    expect(await said('ann', device.id)).toMatchObject({ decision: false, outcome: 'block' });
  });

  test('on a device that is given to somebody else, is blocked from then on', async () => {
    const device = await deviceOf('ann');
    expect(await said('ann', device.id)).toEqual(ALLOWED);
    const assigned = await service.call('POST', `/v1/devices/${device.id}/assignment`, { owner: 'bob' });
    expect(assigned.json()).toMatchObject({ owner: 'bob' });
    expect(await said('ann', device.id)).toMatchObject({ decision: false, outcome: 'block' });
    expect(await said('bob', device.id)).toEqual(ALLOWED);
  });
});

describe('while the store takes no writes', () => {
  /** Nobody else can write meanwhile: that is what a full disk, or one that was made read-only, is like. */
  async function withoutStore(work: () => Promise<void>): Promise<void> {
    const hog = new DatabaseSync(file);
    hog.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
    try {
      expect((await service.call('GET', '/readyz')).json().code).toBe('store-unavailable');
      await work();
    } finally {
      hog.exec('ROLLBACK');
      hog.close();
    }
  }
  const KEY = { amr: ['hwk', 'mfa'], acr: 'phr' };

  test('decisions go on from memory and say so; after five minutes no device counts, because it may have been revoked', async () => {
    const device = await deviceOf('ann');
    await withoutStore(async () => {
      const { context } = await ask('ann', device.id);
      expect(context).toMatchObject({ outcome: 'allow', degraded: true });
      expect(context.max_age).toBeLessThanOrEqual(10);
      service.pass(5 * 60_000);
      expect(await said('ann', device.id)).toEqual(ALLOWED);
      service.pass(1000);
      const late = (await ask('ann', device.id)).context;
      expect(late).toMatchObject({ outcome: 'block', degraded: true, reasons: [{ admin: { en: expect.stringContaining('revoked cannot be told') } }] });
    });
    expect((await service.call('GET', '/readyz')).status).toBe(200);
    await device.report();
    expect((await ask('ann', device.id)).context.degraded).toBeUndefined();
    expect(await said('ann', device.id)).toEqual(ALLOWED);
  });

  test('a break-glass account gets in, however long it lasts, and only with its key', async () => {
    await withoutStore(async () => {
      for (const ms of [0, 5 * 60_000, DAY_MS]) {
        service.pass(ms);
        expect((await ask('glass-1', undefined, WIKI, KEY)).context).toMatchObject({ outcome: 'allow', degraded: true });
        expect(await said('glass-1', undefined, WIKI, { amr: ['pwd'] })).toMatchObject({ decision: false, actions: ['phishing-resistant-mfa'] });
        expect(await said('ann', undefined, WIKI, KEY)).toMatchObject({ decision: false, outcome: 'block' });
      }
    });
  });
});
