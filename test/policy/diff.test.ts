/** What two sets of policies differ in: what they say, and not how it is written down. */
import { expect, test } from '@jest/globals';
import { differences, loadPolicies } from '../../src/policy/index.ts';
import { directoryFile, policyFile } from './policies.ts';

const people = directoryFile({ users: [{ id: 'ann', groups: ['staff'] }] });
const baseline = (text: string) => ({ name: 'b.yaml', text });
const before = loadPolicies([
  people,
  baseline('kind: baseline\nid: laptop\nplatforms: [linux]\nchecks:\n  firewall.enabled: { grace: P7D }\n  disk.encryption: {}\n'),
  policyFile('mfa', { state: 'report-only', grant: { require: ['mfa'] } }),
  policyFile('old', { grant: { require: ['mfa'] } }),
]);

test('order, comments and files are no difference', () => {
  const same = loadPolicies([
    {
      name: 'all.yaml',
      text: `# everything\n${JSON.stringify({ kind: 'access-policy', id: 'old', when: {}, state: 'enforced', grant: { require: ['mfa'] } })}\n---\n${people.text}`,
    },
    baseline('id: laptop # ours\nkind: baseline\nplatforms: [linux]\nchecks: { disk.encryption: {}, firewall.enabled: { grace: P7D } }\n'),
    policyFile('mfa', { state: 'report-only', grant: { require: ['mfa'] } }),
  ]);
  expect(differences(before, same)).toEqual([]);
});

test('what was added, removed and changed is told, down to the member', () => {
  const after = loadPolicies([
    directoryFile({ users: [{ id: 'ann', groups: ['staff', 'admins'] }] }),
    baseline('kind: baseline\nid: laptop\nplatforms: [linux]\nchecks:\n  firewall.enabled: { grace: P1D }\n'),
    policyFile('mfa', { state: 'enforced', grant: { require: ['mfa'] } }),
    policyFile('new', { grant: { block: true } }),
  ]);
  expect(differences(before, after).map(({ what, where, before: was, after: is }) => [what, where, was, is])).toEqual([
    ['access-policy mfa', 'state', '"report-only"', '"enforced"'],
    ['access-policy new', 'added', undefined, expect.stringContaining('"block":true')],
    ['access-policy old', 'removed', undefined, undefined],
    ['baseline laptop', 'checks.disk.encryption', expect.any(String), undefined],
    ['baseline laptop', 'checks.firewall.enabled.grace', '"P7D"', '"P1D"'],
    ['user ann', 'groups', '["staff"]', '["staff","admins"]'],
  ]);
});
