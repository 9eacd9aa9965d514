/** `npm run accuracy -- DIR…`: how often the checks are right about recorded machines, and which ones they are wrong about. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Compile } from 'typebox/compile';
import { checkById } from '../checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../checks/run.ts';
import { createRecordedHost } from '../host/index.ts';
import { type Reading, StanceError, type Verdict } from '../model/index.ts';
import { Expected, SCORES, type Score, scoreOf } from './accuracy-score.ts';
import { readRecording } from './machine.ts';
import { say, sayJson, table, warn } from './output.ts';

const schema = Compile(Expected);

/** Folders that hold an index: the one named, or those in it. */
function indexFolders(folder: string): string[] {
  const here = existsSync(path.join(folder, 'index.jsonl'));
  const folders = here
    ? [folder]
    : readdirSync(folder)
        .map((name) => path.join(folder, name))
        .filter((inner) => existsSync(path.join(inner, 'index.jsonl')));
  if (folders.length === 0) throw new StanceError('usage', `There is no index.jsonl in ${folder}, nor in the folders in it.`);
  return folders;
}

export interface ScoredRow extends Expected {
  readonly os: string;
  /** `not covered`: no such check, or no reader for that system yet. */
  readonly score: Score | 'not covered';
  readonly verdict?: Verdict;
  readonly reading?: Reading;
}

/** Reads every recording of an index by the check that it was made for, under default parameters. */
export async function scoreFolder(folder: string): Promise<ScoredRow[]> {
  const lines = readFileSync(path.join(folder, 'index.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return Promise.all(
    lines.map(async (line) => {
      const expected: unknown = JSON.parse(line);
      if (!schema.Check(expected)) throw new StanceError('usage', `A row of ${folder}/index.jsonl is not of its form: ${line.slice(0, 80)}`);
      const host = createRecordedHost(readRecording(path.join(folder, expected.file)));
      const check = checkById(expected.check);
      if (check === undefined || (check.read[host.os] === undefined && !expected.accept.includes('not-applicable')))
        return { ...expected, os: host.os, score: 'not covered' as const };
      const [reading] = await readChecks([check], host);
      if (reading === undefined) throw new StanceError('internal', `${expected.check} gave no reading.`);
      const { verdict } = judgeReading(check, reading, defaultParams(check), host.now());
      return { ...expected, os: host.os, verdict, reading, score: scoreOf(expected, verdict, reading.status) };
    }),
  );
}

function print(rows: readonly ScoredRow[]): void {
  const names = [...SCORES, 'not covered'] as const;
  const groups = Map.groupBy(rows, (row) => `${row.os}  ${row.check}`);
  const counts = (group: readonly ScoredRow[]): string[] => names.map((name) => String(group.filter(({ score }) => score === name).length));
  say(table([['system and check', ...names], ...[...groups].map(([name, group]) => [name, ...counts(group)]), ['all', ...counts(rows)]]));
  for (const row of rows) {
    if (row.score === 'right' || row.score === 'not covered') continue;
    const detail = row.reading !== undefined && 'detail' in row.reading ? ` (${row.reading.detail})` : '';
    say(
      `\n${row.score}: ${row.os} ${row.file}\n  got ${row.verdict}/${row.reading?.status}${detail}, right is ${row.accept.join(' or ')}/${row.status}\n  ${row.why}`,
    );
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
  if (positionals.length === 0)
    throw new StanceError('usage', 'Which recordings? npm run accuracy -- DIR…  (a folder with an index.jsonl, or of such folders)');
  const rows = (await Promise.all(positionals.flatMap(indexFolders).map(scoreFolder))).flat();
  if (values.json) sayJson({ rows });
  else print(rows);
  return rows.some(({ score }) => score === 'false pass' || score === 'false fail') ? 1 : 0;
}

if (import.meta.main) {
  process.exitCode = await main().catch((error: unknown) => {
    if (!(error instanceof StanceError)) throw error;
    warn(error.message);
    return 2;
  });
}
