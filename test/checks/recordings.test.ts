/** Every recorded machine of the shared samples, read by the checks that exist: right, or the build is broken. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { checkById } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { scoreFolder } from '../../src/cli/accuracy.ts';
import { OTHERS } from '../../src/cli/accuracy-page.ts';
import { countOf, scoreOf } from '../../src/cli/accuracy-score.ts';
import { readRecording } from '../../src/cli/machine.ts';
import { createRecordedHost } from '../../src/host/index.ts';
import { type Check, DoorError, type Reading } from '../../src/model/index.ts';
import { corpus, describeWithCorpus } from '../corpus.ts';
import { guarded } from './guarded.ts';

describeWithCorpus('recorded machines', () => {
  test.each(['linux', 'macos', 'windows'])('%s: no reading is wrong', async (system) => {
    const folder = path.join(corpus ?? '', 'recordings', system);
    if (!existsSync(folder)) throw new Error(`${folder} is not there`);
    const rows = await scoreFolder(folder);
    const wrong = rows.filter(({ score }) => score !== 'right' && score !== 'not covered').map(({ file, score, verdict }) => `${file}: ${score} (${verdict})`);
    expect(wrong).toEqual([]);
    if (system === 'linux') expect(rows.filter(({ score }) => score === 'right').length).toBeGreaterThan(80);
  });

  const scoreAll = async () =>
    (await Promise.all(['linux', 'macos', 'windows'].map((system) => scoreFolder(path.join(corpus ?? '', 'recordings', system))))).flat();
  test('the numbers that docs/accuracy.md publishes of them are theirs', async () => {
    const rows = await scoreAll();
    expect(OTHERS).toEqual({
      ...{ recordings: new Set(rows.map(({ os, file }) => `${os} ${file}`)).size, answers: rows.length, right: countOf(rows, 'right') },
      ...{ falsePass: countOf(rows, 'false pass'), falseFail: countOf(rows, 'false fail'), needlessUnknown: countOf(rows, 'needless unknown') },
    });
  });

  test.each(['linux', 'macos', 'windows'])('%s: one call that fails makes no answer another one', async (system) => {
    const folder = path.join(corpus ?? '', 'recordings', system);
    const wrong: object[] = [];
    for (const { file, check: id, accept } of await scoreFolder(folder)) {
      const [check, host] = [checkById(id) as Check, createRecordedHost(readRecording(path.join(folder, file)))];
      const calls = new Set<string>();
      await readChecks(
        [check],
        guarded(host, (call) => void calls.add(call)),
      );
      for (const failing of calls) {
        for (const code of ['EACCES', 'ETIMEDOUT', 'EOUTPUT']) {
          const fail = (call: string): void => {
            if (call === failing) throw new DoorError(code, call);
          };
          const [reading] = (await readChecks([check], guarded(host, fail))) as [Reading];
          const { verdict } = judgeReading(check, reading, defaultParams(check), host.now());
          if (verdict !== 'unknown' && !accept.includes(verdict)) wrong.push({ file, check: id, failing, code, verdict });
        }
      }
    }
    expect(wrong).toEqual([]);
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
