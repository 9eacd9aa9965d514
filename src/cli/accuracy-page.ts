/** `docs/accuracy.md`: how often the checks are right about recorded machines. Pure. */
import { CATALOGUE } from '../checks/index.ts';
import { PLATFORMS } from '../model/index.ts';
import { complaintOf, countOf, SCORES, type ScoredRow, shareOf } from './accuracy-score.ts';
import { code, SYSTEMS } from './docs-calls.ts';
import { row, tableOf } from './docs-checks.ts';

/** Recordings that others wrote, each for one check, with right answers of theirs. They are no part of the project; a test that has them holds this to them. */
export const OTHERS = { recordings: 298, answers: 401, right: 401, falsePass: 0, falseFail: 0, needlessUnknown: 0 } as const;

const NUMBERS = ['answers', ...SCORES.map((name) => name.replace('misplaced not-applicable', 'misplaced n/a')), 'right that it is not known'] as const;
const isRightlyUnknown = ({ score, verdict }: ScoredRow): boolean => score === 'right' && verdict === 'unknown';

const numbersOf = (rows: readonly ScoredRow[]): string[] => [
  String(rows.length - countOf(rows, 'not covered')),
  ...SCORES.map((name) => String(countOf(rows, name))),
  String(rows.filter(isRightlyUnknown).length),
];

/** A check that has no reader for a system is right there without looking; those answers would only make the numbers prettier. */
const isAsked = ({ reading }: ScoredRow): boolean => !(reading?.status === 'not-applicable' && reading.reason === 'platform');

function tableOfChecks(rows: readonly ScoredRow[]): string {
  const lines = CATALOGUE.flatMap(({ id }) =>
    PLATFORMS.flatMap((os) => {
      const group = rows.filter((scored) => scored.check === id && scored.os === os);
      return group.length === 0 ? [] : [row(code(id), SYSTEMS[os], ...numbersOf(group))];
    }),
  );
  return tableOf(['check', 'system', ...NUMBERS], lines);
}

/** The tables alone: by system and in total, by check and system, and what is wrong. */
export function accuracyTables(all: readonly ScoredRow[]): string {
  const rows = all.filter(isAsked);
  const [whole, spoiled] = [rows.filter(({ spoil }) => spoil === undefined), rows.filter(({ spoil }) => spoil !== undefined)];
  const totals = [
    ...PLATFORMS.map((os) => ({ name: SYSTEMS[os], group: whole.filter((scored) => scored.os === os) })),
    { name: 'all as they are', group: whole },
    { name: 'spoiled', group: spoiled },
  ]
    .filter(({ group }) => group.length > 0)
    .map(({ name, group }) => row(name, ...numbersOf(group)));
  const wrong = rows.filter(({ score }) => score !== 'right' && score !== 'not covered').map((scored) => `- ${complaintOf(scored).replaceAll('\n  ', ': ')}`);
  return [
    ...[tableOf(['machines', ...NUMBERS], totals), ''],
    `Machines as they are: false pass ${shareOf(whole, 'false pass')}, false fail ${shareOf(whole, 'false fail')}, needless unknown ${shareOf(whole, 'needless unknown')}.`,
    ...['', '## By check', '', tableOfChecks(rows), '', '## What is wrong', ''],
    wrong.length === 0 ? 'Nothing that these machines show.' : wrong.join('\n'),
  ].join('\n');
}

function machinesOf(rows: readonly ScoredRow[]): string {
  const groups = Map.groupBy(rows, ({ file, spoil }) => `${file} ${spoil ?? ''}`);
  const lines = [...groups.values()].map((group) => {
    const [{ file, spoil, os } = { file: '', spoil: undefined, os: 'linux' as const }] = group;
    return row(`${code(file)}${spoil === undefined ? '' : `, ${spoil}`}`, SYSTEMS[os], String(group.filter(isAsked).length));
  });
  return tableOf(['machine', 'system', 'answers'], lines);
}

/** `rows`: the machines of the project. */
export const accuracyPage = (rows: readonly ScoredRow[]): string => `# How often the checks are right

<!-- Made by \`npm run docs\` out of test/hosts. Do not edit. -->

**No real device stands behind these numbers.** They are of recorded machines: files in [test/hosts](../test/hosts) that hold what the doors of a machine answer, typed
from facts about systems and programs. What a real Mac or a real Windows answers otherwise is not in them. The right answer of every check stands beside
each machine in \`index.jsonl\`, with its reason, and was decided from what the machine is before a check had read it.

The numbers are made, and each wrong answer is explained, by:

    npm run accuracy -- test/hosts

- **false pass**: the check says that all is well, and it is not, or nobody can know. The worst.
- **false fail**: the check complains, and all is well, or nobody can know.
- **needless unknown**: the check does not know what the machine tells.
- **misplaced n/a**: the check says that there is nothing to look at, and there is.
- **wrong status**: the verdict is right, and not for the right reason.
- **right that it is not known**: answers counted as right in which the check rightly says that it does not know. Nothing is protected by them.

Answers of checks that do not exist on a system are not counted.

${accuracyTables(rows)}

## The machines

Those without a word behind their name are *as they are*; the others are *spoiled*: one of the same machines, with doors that do not answer. *missing*: no program is
there, not even the one that would start them. *denied*, *slow*: every door refuses, or never answers in time. *garbage*: programs print, and files hold, what
nobody understands. The right answer is then mostly that nothing is known. Tests do the same to every machine, and let every single call fail besides: a check may then
say less, and never something else.

${machinesOf(rows)}

## Machines of others

Of ${OTHERS.recordings} recordings that others typed, each for one check and some of whole machines, and that are no part of the project: ${OTHERS.answers} answers, ${OTHERS.right} right, false pass ${OTHERS.falsePass}, false
fail ${OTHERS.falseFail}, needless unknown ${OTHERS.needlessUnknown}. They were at hand while the checks were written.

## What these numbers do not say

- How the checks do on devices that nobody thought of. A machine that a check gets wrong is worth more than one that it gets right: record it
  (\`npm run -s stance -- check --record machine.json\`), look it through, and add it with its right answers.
- That a Windows tells its password policy: without management none of them does, by any door that Stance has. The answer is "unknown", and counted as right.
- Whether a system lacks updates of the last weeks: the list of builds in this version of Stance ends at a day, and after 45 days more it says "unknown" by itself. Some
  of the machines stand at an earlier day for that reason.
`;
