/** Each condition of an access policy: when it holds, when it does not, and when that cannot be known. */
import { describe, expect, test } from '@jest/globals';
import type { EvaluationRequest } from '../../src/model/index.ts';
import type { DecisionInput, DeviceFacts } from '../../src/policy/index.ts';
import { AT, engineOf, inputOf, laptop, policyFile, request } from './policies.ts';

type Answer = 'yes' | 'no' | 'unknown';
interface Case {
  readonly device?: DeviceFacts | null;
  readonly context?: object;
  readonly believed?: boolean;
  readonly asked?: Partial<EvaluationRequest>;
  readonly input?: Partial<DecisionInput>;
}
/** Whether a policy with this `when` is about a request, and where it is not for certain, which condition says so. */
function applies(when: object, { device = laptop(), context = {}, believed = true, asked = {}, input = {} }: Case = {}) {
  const { policies } = engineOf([policyFile('p', { when })]).explain(
    inputOf(device, { request: request({ context: { ...context }, ...asked }), trustProperties: believed, ...input }),
  );
  const [policy] = policies;
  if (policy === undefined) throw new Error('no policy');
  expect(policy.condition === undefined).toBe(policy.applies === 'yes');
  return { answer: policy.applies, path: policy.condition?.path };
}
const answers = (when: object, one?: Case): Answer => applies(when, one).answer;
const record = (properties?: object) => ({ resource: { type: 'record', id: 'r-1', ...(properties === undefined ? {} : { properties: { ...properties } }) } });

describe('people', () => {
  test.each<[object, Answer, string | undefined]>([
    [{ users: { include: ['bob'] } }, 'yes', undefined],
    [{ users: { include: ['group:staff'] } }, 'yes', undefined],
    [{ users: { include: ['group:admins', 'ann'] } }, 'no', 'when.users.include'],
    [{ users: { include: ['*'], exclude: ['group:staff'] } }, 'no', 'when.users.exclude'],
    [{ users: { properties: { role: 'clerk' } } }, 'yes', undefined],
    [{ users: { properties: { role: ['chief', 'clerk'] } } }, 'yes', undefined],
    [{ users: { properties: { role: 'chief' } } }, 'no', 'when.users.properties'],
    [{ users: { properties: { country: 'de' } } }, 'unknown', 'when.users.properties'],
  ])('%j → %s', (when, answer, path) => expect(applies(when)).toEqual({ answer, path }));
  test('what the caller says of them goes before the directory, where it is believed', () => {
    const asked = { subject: { type: 'user', id: 'bob', properties: { role: 'chief' } } };
    expect(answers({ users: { properties: { role: 'chief' } } }, { asked })).toBe('yes');
    expect(answers({ users: { properties: { role: 'chief' } } }, { asked, believed: false })).toBe('no');
  });
  test('groups are those of the directory, whatever a caller says', () => {
    const asked = { subject: { type: 'user', id: 'bob', properties: { groups: ['admins'] } } };
    expect(answers({ users: { include: ['group:admins'] } }, { asked })).toBe('no');
  });
});

describe('resources, actions, labels', () => {
  test.each<[object, Case, Answer]>([
    [{ resources: [{ type: 'app' }] }, {}, 'yes'],
    [{ resources: [{ type: 'record' }, { id: 'wi*' }] }, {}, 'yes'],
    [{ resources: [{ type: 'app', id: 'wiki-*' }] }, {}, 'no'],
    [{ resources: { include: [{ type: 'app' }], exclude: [{ id: 'wiki' }] } }, {}, 'no'],
    [{ resources: { exclude: [{ id: 'payroll' }] } }, {}, 'yes'],
    [{ resources: [{ type: 'record', properties: { status: 'active' } }] }, { asked: record({ status: 'active' }) }, 'yes'],
    [{ resources: [{ type: 'record', properties: { status: 'active' } }] }, { asked: record({ status: 'archived' }) }, 'no'],
    [{ resources: [{ type: 'record', properties: { status: 'active' } }] }, { asked: record() }, 'unknown'],
    [{ resources: [{ type: 'record', properties: { status: 'active' } }] }, { asked: record({ status: 'active' }), believed: false }, 'unknown'],
    [{ resources: { include: [{ type: 'record' }], exclude: [{ properties: { status: 'archived' } }] } }, { asked: record() }, 'unknown'],
    [{ actions: ['open', 'close'] }, {}, 'yes'],
    [{ actions: ['*'] }, {}, 'yes'],
    [{ actions: ['close'] }, {}, 'no'],
    [{ actions: [{ name: 'delete', properties: { soft: true } }] }, { asked: { action: { name: 'delete', properties: { soft: true } } } }, 'yes'],
    [{ actions: [{ name: 'delete', properties: { soft: true } }] }, { asked: { action: { name: 'delete', properties: { soft: false } } } }, 'no'],
    [{ actions: [{ name: 'delete', properties: { soft: true } }] }, { asked: { action: { name: 'delete' } } }, 'unknown'],
    [{ sensitivity: ['internal'] }, {}, 'yes'],
    [{ sensitivity: ['secret'] }, {}, 'no'],
    [{ sensitivity: ['secret'] }, { asked: record() }, 'unknown'],
    [{ sensitivity: ['secret'] }, { asked: record({ sensitivity: ['internal', 'secret'] }) }, 'yes'],
  ])('%j %j → %s', (when, one, answer) => expect(answers(when, one)).toBe(answer));
});

describe('the device', () => {
  const sick = laptop({ compliance: 'not-compliant', verdicts: { 'disk.encryption': 'fail', 'os.supported': 'pass', 'hw.tpm': 'unknown' } });
  const old = laptop({ observedAt: AT - 11 * 60_000 });
  test.each<[object, Case, Answer]>([
    [{ managed: true }, {}, 'yes'],
    [{ managed: true }, { device: null }, 'no'],
    [{ managed: false }, { device: null }, 'yes'],
    [{ managed: true }, { device: null, input: { state: 'active' } }, 'yes'],
    [{ managed: true }, { input: { owner: 'ann' } }, 'no'],
    [{ managed: true }, { input: { state: 'retired' } }, 'no'],
    [{ managed: true }, { input: { state: 'suspect' } }, 'yes'],
    [{ managed: true }, { input: { state: 'unknown' } }, 'unknown'],
    [{ compliance: ['compliant', 'grace'] }, {}, 'yes'],
    [{ compliance: ['compliant'] }, { device: sick }, 'no'],
    [{ compliance: ['compliant'] }, { device: old }, 'unknown'],
    [{ compliance: ['compliant'] }, { device: null }, 'unknown'],
    [{ compliance: ['compliant'] }, { device: laptop({ compliance: 'unknown' }) }, 'unknown'],
    [{ compliance: ['unknown'] }, { device: laptop({ compliance: 'unknown' }) }, 'yes'],
    [{ compliance: ['unknown'] }, { device: null }, 'yes'],
    [{ compliance: ['compliant'] }, { input: { owner: 'ann' } }, 'unknown'],
    [{ compliance: ['compliant'] }, { input: { owner: 'bob' } }, 'yes'],
    [{ compliance: ['compliant'] }, { input: { owner: 'group:staff' } }, 'yes'],
    [{ compliance: ['compliant'] }, { input: { owner: 'group:admins' } }, 'unknown'],
    [{ compliance: ['compliant'] }, { input: { state: 'suspect' } }, 'unknown'],
    [{ compliance: ['compliant'] }, { input: { state: 'suspect' }, context: { amr: ['mfa'] } }, 'yes'],
    [{ compliance: ['compliant'] }, { input: { state: 'revoked' } }, 'unknown'],
    [{ assurance: ['software'] }, { device: old }, 'yes'],
    [{ assurance: ['hardware'] }, {}, 'no'],
    [{ assurance: ['software'] }, { input: { owner: 'ann' } }, 'unknown'],
    [{ platform: ['linux'] }, {}, 'yes'],
    [{ platform: ['win32'] }, {}, 'no'],
    [{ platform: ['linux'] }, { device: null }, 'unknown'],
    [{ state: ['suspect', 'pending'] }, { input: { state: 'suspect' } }, 'yes'],
    [{ state: ['revoked'] }, {}, 'no'],
    [{ state: ['revoked'] }, { device: null }, 'unknown'],
    [{ owner: ['none'] }, {}, 'yes'],
    [{ owner: ['self'] }, { input: { owner: 'bob' } }, 'yes'],
    [{ owner: ['other'] }, { input: { owner: 'ann' } }, 'yes'],
    [{ owner: ['self'] }, { device: null }, 'unknown'],
    [{ tags: ['kiosk'] }, { input: { tags: ['kiosk', 'lobby'] } }, 'yes'],
    [{ tags: ['kiosk'] }, {}, 'no'],
    [{ tags: ['kiosk'] }, { device: null }, 'unknown'],
    [{ checks: { 'disk.encryption': { verdict: ['fail'] } } }, { device: sick }, 'yes'],
    [{ checks: { 'os.supported': { verdict: ['fail'] } } }, { device: sick }, 'no'],
    [{ checks: { 'hw.tpm': { verdict: ['fail'] } } }, { device: sick }, 'unknown'],
    [{ checks: { 'hw.tpm': { verdict: ['fail', 'unknown'] } } }, { device: sick }, 'yes'],
    [{ checks: { 'boot.secure_boot': { verdict: ['fail'] } } }, { device: sick }, 'unknown'],
    [{ checks: { 'disk.encryption': { proof: ['measured'] } } }, { device: sick }, 'no'],
    [{ checks: { 'disk.encryption': { proof: ['measured'] } } }, { device: { ...sick, proofs: { 'disk.encryption': 'measured' } } }, 'yes'],
    [
      { checks: { 'os.supported': { value: 'value.cycle.startsWith("24")' } } },
      { device: { ...sick, values: { 'os.supported': { os: 'ubuntu', cycle: '24.04', name: 'Ubuntu 24.04' } } } },
      'yes',
    ],
    [
      { checks: { 'os.supported': { value: 'value.cycle.startsWith("24")' } } },
      { device: { ...sick, values: { 'os.supported': { os: 'ubuntu', cycle: '22.04', name: 'Ubuntu 22.04' } } } },
      'no',
    ],
    [{ checks: { 'os.supported': { value: 'value.cycle.startsWith("24")' } } }, { device: sick }, 'unknown'],
    [
      { checks: { 'os.supported': { verdict: ['pass'], value: 'value.nothing == 1' } } },
      { device: { ...sick, values: { 'os.supported': { os: 'ubuntu', cycle: '24.04', name: 'Ubuntu 24.04' } } } },
      'unknown',
    ],
  ])('%j %j → %s', (device, one, answer) => expect(answers({ device }, one)).toBe(answer));

  test('a check whose reading has grown too old since is not known any more', () => {
    const span = laptop().timeline[0];
    const device = laptop({
      verdicts: { 'os.supported': 'pass' },
      timeline: [span, { ...span, from: AT + 5000, compliance: 'unknown', stale: ['os.supported'] }],
    });
    const when = { device: { checks: { 'os.supported': { verdict: ['pass'] } } } };
    expect([answers(when, { device }), answers(when, { device, input: { at: AT + 5000 } })]).toEqual(['yes', 'unknown']);
  });
});

describe('network, risk, time', () => {
  test.each<[object, Case, Answer]>([
    [{ network: { include: ['192.0.2.0/24'] } }, { context: { ip: '192.0.2.7' } }, 'yes'],
    [{ network: { include: ['location:office'] } }, { context: { ip: '2001:db8::7' } }, 'yes'],
    [{ network: { include: ['location:office'] } }, { context: { ip: '198.51.100.7' } }, 'no'],
    [{ network: { exclude: ['location:office'] } }, { context: { ip: '198.51.100.7' } }, 'yes'],
    [{ network: { exclude: ['location:office'] } }, { context: { ip: '192.0.2.7' } }, 'no'],
    [{ network: { include: ['location:office'] } }, {}, 'unknown'],
    [{ network: { exclude: ['location:office'] } }, { context: { ip: 'somewhere' } }, 'unknown'],
    [{ network: { include: ['location:office'] } }, { context: { ip: '192.0.2.7' }, believed: false }, 'unknown'],
    [{ risk: { user: ['medium', 'high'] } }, { context: { risk: { user: 'high' } } }, 'yes'],
    [{ risk: { user: ['medium', 'high'] } }, { context: { risk: { user: 'low' } } }, 'no'],
    [{ risk: { user: ['high'] } }, { context: { risk: { user: 'enormous' } } }, 'unknown'],
    [{ risk: { session: ['high'] } }, { context: { risk: { user: 'high' } } }, 'unknown'],
    [{ risk: { session: ['high'] } }, { context: { risk: null } }, 'unknown'],
  ])('%j %j → %s', (when, one, answer) => expect(answers(when, one)).toBe(answer));

  // 2026-11-24 is a Tuesday.
  test.each<[object, string, Answer]>([
    [{ days: ['tue'] }, '2026-11-24T08:00:00Z', 'yes'],
    [{ days: ['mon', 'wed'] }, '2026-11-24T08:00:00Z', 'no'],
    [{ from: '08:00', to: '18:00' }, '2026-11-24T08:00:00Z', 'yes'],
    [{ from: '08:00', to: '18:00' }, '2026-11-24T18:00:00Z', 'no'],
    [{ from: '08:00', to: '18:00', zone: 'Europe/Berlin' }, '2026-11-24T17:00:00Z', 'no'],
    [{ from: '08:00', to: '18:00', zone: 'Europe/Berlin' }, '2026-07-24T16:30:00Z', 'no'],
    [{ from: '08:00', to: '18:00', zone: 'Europe/Berlin' }, '2026-07-24T06:00:00Z', 'yes'],
    [{ days: ['mon'], from: '22:00', to: '06:00' }, '2026-11-24T05:59:00Z', 'yes'],
    [{ days: ['mon'], from: '22:00', to: '06:00' }, '2026-11-24T22:00:00Z', 'no'],
    [{ days: ['tue'], from: '22:00', to: '06:00' }, '2026-11-24T22:00:00Z', 'yes'],
    [{ days: ['sun'], from: '22:00', to: '06:00' }, '2026-11-23T01:00:00Z', 'yes'],
    [{ from: '22:00', to: '24:00' }, '2026-11-24T23:59:59Z', 'yes'],
  ])('%j at %s → %s', (time, at, answer) => {
    const moment = Date.parse(at);
    expect(answers({ time }, { device: laptop({ observedAt: moment }), input: { at: moment } })).toBe(answer);
  });
});

describe('CEL', () => {
  test.each<[string, Case, Answer]>([
    ['resource.id == "wiki" && device.platform == "linux"', {}, 'yes'],
    ['subject.properties.role == "clerk" && "staff" in subject.groups', {}, 'yes'],
    ['resource.properties.owner == subject.id', { asked: record({ owner: 'bob' }) }, 'yes'],
    ['resource.properties.owner == subject.id', { asked: record({ owner: 'ann' }) }, 'no'],
    ['resource.properties.owner == subject.id', { asked: record() }, 'unknown'],
    ['context.a.b == 1', {}, 'unknown'],
    ['has(context.protocol) && context.protocol == "imap"', {}, 'no'],
    ['context.count > 3', { context: { count: 4 } }, 'yes'],
    ['device.checks["disk.encryption"].verdict == "pass"', { device: laptop({ verdicts: { 'disk.encryption': 'pass' } }) }, 'yes'],
    ['device.checks["disk.encryption"].verdict == "pass"', { device: null }, 'unknown'],
    ['device.compliance == "compliant"', { device: laptop({ observedAt: AT - 3_600_000 }) }, 'unknown'],
    ['device.compliance == "compliant"', { input: { owner: 'ann' } }, 'unknown'],
    ['device.compliance == "compliant"', { input: { state: 'unknown' } }, 'unknown'],
    ['device == null', { device: null }, 'yes'],
    ['device.evidence_age < 60', {}, 'yes'],
    ['device.own', { input: { owner: 'bob' } }, 'yes'],
  ])('%s %j → %s', (cel, one, answer) => expect(answers({ cel }, one)).toBe(answer));
});

test('of several conditions the first that does not hold is told, with why; one that cannot be known only where none is false', () => {
  const explain = (when: object) => engineOf([policyFile('p', { when })]).explain(inputOf(laptop())).policies[0]?.condition;
  expect(explain({ risk: { user: ['high'] }, users: { include: ['ann'] } })).toEqual({
    path: 'when.users.include',
    because: 'bob (groups: staff) is none of: ann',
  });
  expect(explain({ risk: { user: ['high'] } })).toEqual({ path: 'when.risk.user', because: 'context.risk.user is not told' });
  expect(explain({ device: { compliance: ['grace'] } })).toEqual({
    path: 'when.device.compliance',
    because: 'the compliance of the device is compliant, none of: grace',
  });
});
