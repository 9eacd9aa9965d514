/** "What if": a question that nobody has asked, answered by every policy. */
import { expect, test } from '@jest/globals';
import { enforcing, loadPolicies, parseQuestion, whatIf } from '../../src/policy/index.ts';
import { AT, directory, policyFile, REPORT_INTERVAL_MS } from './policies.ts';

const set = loadPolicies([
  directory,
  {
    name: 'baseline.yaml',
    text: JSON.stringify({ kind: 'baseline', id: 'laptop', platforms: ['linux'], checks: { 'disk.encryption': {}, 'firewall.enabled': {} } }),
  },
  policyFile('healthy', { when: { resources: [{ type: 'app', id: 'wiki' }] }, grant: { require: ['compliant-device'] } }),
  policyFile('admins', { state: 'report-only', when: { users: { include: ['group:admins'] } }, grant: { require: ['mfa'] } }),
  policyFile('sleeping', { state: 'off', grant: { block: true } }),
]);
const ask = (question: object, from = set) => whatIf(from, parseQuestion(JSON.stringify(question), 'q.yaml'), { reportIntervalMs: REPORT_INTERVAL_MS, at: AT });

test('every policy says whether it applies, what it says, and why not: those that are off, too', () => {
  const { decision, policies } = ask({ subject: 'ann', resource: { id: 'wiki' }, device: { checks: { 'disk.encryption': 'fail' } } });
  expect(decision.context).toMatchObject({ outcome: 'challenge', device: { compliance: 'not-compliant' } });
  expect(policies.map(({ id, state, applies, result }) => [id, state, applies, result])).toEqual([
    ['admins', 'report-only', 'yes', 'unmet'],
    ['healthy', 'enforced', 'yes', 'unmet'],
    ['sleeping', 'off', 'yes', 'blocked'],
  ]);
  expect(ask({ subject: 'bob', resource: { id: 'wiki' }, device: {} }).policies[0]).toMatchObject({ applies: 'no', condition: { path: 'when.users.include' } });
});

test('a policy is tried as if it were enforced', () => {
  const question = { subject: 'ann', resource: { id: 'wiki' }, device: {} };
  expect(ask(question).decision.decision).toBe(true);
  expect(ask(question, enforcing(set, ['admins'])).decision.context).toMatchObject({ outcome: 'challenge', required_actions: ['mfa'] });
});

test('a question without a device is one on no device', () => {
  expect(ask({ subject: 'bob', resource: { id: 'wiki' } }).decision.context.required_actions).toContain('enroll-device');
});

test('the moment counts that it names, else now', () => {
  const night = loadPolicies([directory, policyFile('night', { when: { time: { from: '22:00', to: '06:00', zone: 'UTC' } }, grant: { block: true } })]);
  const at = (moment: object) => ask({ subject: 'bob', resource: { id: 'lunch-menu' }, device: {}, ...moment }, night).decision.context.outcome;
  expect([at({ at: '2026-11-24T23:00:00Z' }), at({})]).toEqual(['block', 'allow']);
});

test.each([
  [
    'subject: ann\nresource: { id: wiki }\ndevice: { checks: { disk.encyption: fail } }',
    'q.yaml:3:21: There is no check "disk.encyption"; did you mean "disk.encryption"?',
  ],
  ['subject: ann', '"resource" is missing'],
  ['subject: ann\nresource: { id: wiki }\nrisk: high', 'q.yaml:3:1'],
  ['subject: ann\nresource: { id: wiki }\n---\nsubject: bob\nresource: { id: wiki }', 'There is a second question'],
  ['', 'There is no question in it.'],
  ['{', 'q.yaml:1'],
])('%j is refused with line and column', (text, message) => {
  expect(() => parseQuestion(text, 'q.yaml')).toThrow(expect.objectContaining({ code: 'question-invalid', message: expect.stringContaining(message) }));
});
