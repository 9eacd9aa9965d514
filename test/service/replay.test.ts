/** A draft of policies on what was asked of a real service: nothing changes where nothing was changed, and what would is told with its reason and its length. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BUNDLED_CATALOG } from '../../src/checks/index.ts';
import { enforcing, loadPolicies, replay } from '../../src/policy/index.ts';
import { openStore, pastDecisions, type Store } from '../../src/service/index.ts';
import { baseline, directory, type PolicyText, policy, posture } from './posture.ts';
import { createTestService, folder, joinDevice } from './service.ts';

const people = directory({
  users: [
    { id: 'ann', groups: ['staff'] },
    { id: 'bob', groups: ['staff'] },
  ],
  resources: [{ type: 'app', id: 'wiki', protected: true }],
});
const GRACE = { 'disk.encryption': {}, 'firewall.enabled': { grace: 'P7D' } };
const compliant = policy('compliant', { grant: { require: ['compliant-device'] } });
const policies = [baseline(GRACE), people, compliant, policy('mfa', { state: 'report-only', grant: { require: ['mfa'] } })];

const MINUTE = 60_000;
let store: Store;
/** Devices by what is the matter with them. */
let ids: Record<'good' | 'firewall' | 'disk', string>;

/** Ann on a good device, Bob on one whose firewall is off (in grace) and on one whose disk is in plain (challenged): three times in 30 minutes. */
beforeAll(async () => {
  const file = path.join(folder(), 'service.db');
  const service = await createTestService({ policies, store: `sqlite:${file}` });
  const join = (owner: string) => joinDevice(service, undefined, { grant: { approves: true, owner } });
  const [good, firewall, disk] = [await join('ann'), await join('bob'), await join('bob')];
  ids = { good: good.id, firewall: firewall.id, disk: disk.id };
  for (const turn of [0, 1, 2]) {
    if (turn > 0) service.pass(15 * MINUTE - 10_000);
    for (const [device, what] of [
      [good, {}],
      [firewall, { firewall: false }],
      [disk, { disk: false }],
    ] as const) {
      await device.renew();
      expect((await device.report(posture({ ...what, at: service.now() }))).status).toBe(200);
    }
    for (const [id, who] of [
      [good.id, 'ann'],
      [firewall.id, 'bob'],
      [disk.id, 'bob'],
    ] as const)
      await service.call('POST', '/access/v1/evaluation', {
        ...{ subject: { type: 'user', id: who }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } },
        context: { device: { id } },
      });
  }
  await service.close();
  store = openStore(`sqlite:${file}`);
});
afterAll(() => store.close());

const replayed = (draft: readonly PolicyText[], enforced: readonly string[] = []) =>
  replay(enforcing(loadPolicies(draft), enforced), pastDecisions(store, 0), { reportIntervalMs: 300_000, osCatalog: BUNDLED_CATALOG });

test('the policies of then change nothing, though every device is judged anew from its values', () => {
  expect(replayed(policies)).toMatchObject({ decisions: 9, withoutPosture: 0, changes: [], worse: [], through: { policies: {}, checks: {} } });
});

test('a baseline without grace: who would be shut out, through which check and policy', () => {
  const { changes, worse, through } = replayed([baseline({ ...GRACE, 'firewall.enabled': {} }), people, compliant]);
  expect(changes).toEqual([{ before: 'allow', after: 'challenge', decisions: 3, people: 1, devices: 1 }]);
  expect(worse).toMatchObject([
    { subject: 'bob', resource: 'app:wiki', outcome: 'challenge', decisions: 3, policies: ['compliant'], checks: ['firewall.enabled'] },
  ]);
  expect(through).toEqual({ policies: { compliant: 3 }, checks: { 'firewall.enabled': 3 } });
});

test('a baseline that asks for less: who would get in', () => {
  const { changes, worse } = replayed([baseline({ 'firewall.enabled': { grace: 'P7D' } }), people, compliant]);
  expect(changes).toEqual([{ before: 'challenge', after: 'allow', decisions: 3, people: 1, devices: 1 }]);
  expect(worse).toEqual([]);
});

test('a grace that would have ended in between counts from the first failing evidence, and how long it lasted is told', () => {
  const { changes, worse } = replayed([baseline({ ...GRACE, 'firewall.enabled': { grace: 'PT10M' } }), people, compliant]);
  expect(changes).toMatchObject([{ before: 'allow', after: 'challenge', decisions: 2 }]);
  // Shut out at the second question, and so still at the third, with which the history ends; asked meanwhile on the other device, Bob was as badly off as then.
  expect(worse[0]?.decisions).toBe(2);
});

test('a baseline for the devices of a group counts for them, whoever asks', () => {
  const { changes } = replayed([baseline(GRACE, { when: { ownerGroups: ['staff'] } }), people, compliant]);
  expect(changes).toEqual([]);
  const { changes: others } = replayed([baseline(GRACE, { when: { ownerGroups: ['guests'] } }), people, compliant]);
  // No baseline is for any of them, so nobody has said what would make them healthy.
  expect(others).toEqual([{ before: 'allow', after: 'challenge', decisions: 6, people: 2, devices: 2 }]);
});

test('a check that nobody read is unknown to a draft that asks for it, and never a pass', () => {
  const { changes } = replayed([baseline({ ...GRACE, 'screen.lock': { unknown: 'fail' } }), people, compliant]);
  expect(changes).toEqual([{ before: 'allow', after: 'challenge', decisions: 6, people: 2, devices: 2 }]);
});

describe('report-only policies', () => {
  test('what they said stands beside what those of the draft say', () => {
    expect(replayed(policies).reportOnly).toEqual({ mfa: { past: { unmet: 9 }, draft: { unmet: 9 } } });
  });

  test('one is tried as if it were enforced', () => {
    const { changes, worse, until } = replayed(policies, ['mfa']);
    expect(changes).toEqual([{ before: 'allow', after: 'challenge', decisions: 6, people: 2, devices: 2 }]);
    expect(worse[0]?.policies).toContain('mfa');
    // From Ann's first question to the end, half an hour.
    const ann = worse.find(({ subject }) => subject === 'ann');
    expect(ann?.ms).toBe(Date.parse(until ?? '') - Date.parse(ann?.first ?? ''));
    expect(ann?.ms).toBeGreaterThan(29 * MINUTE);
  });

  test('one that there is not is told, with the one that was meant', () => {
    expect(() => replayed(policies, ['mfo'])).toThrow('did you mean "mfa"?');
  });
});

test('of decisions on devices that are known no more it is said how many', () => {
  const lost = [...pastDecisions(store, 0)].map(({ posture: _, input, ...rest }) => ({ ...rest, input: { ...input, device: null } }));
  const { withoutPosture, changes } = replay(loadPolicies(policies), lost, { reportIntervalMs: 300_000, osCatalog: BUNDLED_CATALOG });
  expect(withoutPosture).toBe(9);
  expect(changes.every(({ after }) => after !== 'allow')).toBe(true);
  expect(Object.keys(ids)).toHaveLength(3);
});
