/** Every recorded machine of the shared samples, read by the checks that exist: right, or the build is broken. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { scoreFolder } from '../../src/cli/accuracy.ts';
import { scoreOf } from '../../src/cli/accuracy-score.ts';
import { corpus, describeWithCorpus } from '../corpus.ts';

describeWithCorpus('recorded machines', () => {
  test.each(['linux', 'macos', 'windows'])('%s: no reading is wrong', async (system) => {
    const folder = path.join(corpus ?? '', 'recordings', system);
    if (!existsSync(folder)) throw new Error(`${folder} is not there`);
    const rows = await scoreFolder(folder);
    const wrong = rows.filter(({ score }) => score !== 'right' && score !== 'not covered').map(({ file, score, verdict }) => `${file}: ${score} (${verdict})`);
    expect(wrong).toEqual([]);
    if (system === 'linux') expect(rows.filter(({ score }) => score === 'right').length).toBeGreaterThan(80);
  });
});

test('the score counts a wrong yes apart from every other mistake', () => {
  const expected = { file: 'f', check: 'c', accept: ['fail' as const], status: 'known' as const, why: '' };
  expect([
    scoreOf(expected, 'fail', 'known'),
    scoreOf(expected, 'pass', 'known'),
    scoreOf(expected, 'unknown', 'unknown'),
    scoreOf(expected, 'not-applicable', 'not-applicable'),
  ]).toEqual([...['right', 'false pass', 'needless unknown', 'misplaced not-applicable']]);
  expect(scoreOf({ ...expected, accept: ['pass'] }, 'fail', 'known')).toBe('false fail');
  expect(scoreOf(expected, 'fail', 'unknown')).toBe('wrong status');
});
