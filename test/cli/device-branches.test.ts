/** Branches of a chain, as an administrator reads them. */
import { expect, test } from '@jest/globals';
import { adviceFor, branchRows, epochNames } from '../../src/cli/device-branches.ts';

const receivedAt = '2026-11-24T08:00:00.000Z';
const now = Date.parse('2026-11-24T08:03:00.000Z');

test('a chain that never branched has nothing to tell', () => {
  expect(branchRows({ epoch: 'e1', head: { epoch: 'e1', seq: 9 }, closed: [] }, [])).toEqual([]);
});

test('every epoch has its letter, what was accepted in it, and what was not', () => {
  const closed = [
    { id: 'e1', seq: 4 },
    { id: 'e2', seq: 1 },
  ];
  const chain = { epoch: 'e3', head: { epoch: 'e2', seq: 1 }, closed };
  const rows = branchRows(
    chain,
    [
      { place: 'gap', epoch: 'e1', seq: 9, receivedAt, opened: 'e2' },
      { place: 'revival', epoch: 'e1', seq: 2, receivedAt, opened: 'e3' },
      { place: 'second-holder', epoch: 'e2', seq: 2, receivedAt, opened: null },
    ],
    now,
  );
  expect(rows.slice(0, 3)).toEqual([
    ['A', 'evidence 1 to 4', '', 'accepted in epoch e1'],
    ['B', 'evidence 1', '', 'accepted in epoch e2'],
    ['C', 'no evidence', '', 'accepted in epoch e3, which is open'],
  ]);
  expect(rows.slice(3).map((row) => row.slice(0, 3))).toEqual([
    ['A', 'evidence 9', '3 minutes ago'],
    ['A', 'evidence 2', '3 minutes ago'],
    ['B', 'evidence 2', '3 minutes ago'],
  ]);
  expect(rows.slice(3).map((row) => row.at(-1))).toEqual([
    expect.stringMatching(/^refused \(gap\): .*restored from a backup\. Its sender was told to go on in B\.$/),
    expect.stringMatching(/^refused \(revival\): .* Its sender was told to go on in C\.$/),
    expect.stringMatching(/^refused \(second-holder\): .*two hold the key\. Quarantined\.$/),
  ]);
});

test('an epoch that is not remembered any more has no letter', () => {
  expect(epochNames({ epoch: 'e1', head: null, closed: [] })('of-long-ago')).toBe('?');
});

test('what to do is said where there is something to do', () => {
  expect(['pending', 'suspect', 'quarantined'].map((state) => adviceFor(state as 'pending', '6b1f') === undefined)).toEqual([false, false, false]);
  expect(['active', 'revoked', 'retired'].map((state) => adviceFor(state as 'active', '6b1f'))).toEqual([undefined, undefined, undefined]);
  expect(adviceFor('quarantined', '6b1f')).toContain('stance device revoke 6b1f');
});
