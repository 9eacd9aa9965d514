/** `npm run accuracy -- DIR…`: how often the checks are right about recorded machines, and which ones they are wrong about. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Compile } from 'typebox/compile';
import { CATALOGUE, checkById } from '../checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../checks/run.ts';
import { createRecordedHost } from '../host/index.ts';
import { type Host, StanceError } from '../model/index.ts';
import { accuracyTables } from './accuracy-page.ts';
import { complaintOf, countOf, Expected, SCORES, type ScoredRow, scoreOf, shareOf } from './accuracy-score.ts';
import { readRecording } from './machine.ts';
import { say, sayJson, table, warn } from './output.ts';
import { spoil } from './spoiled-machine.ts';

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

function readIndex(folder: string): Expected[] {
  const lines = readFileSync(path.join(folder, 'index.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const row: unknown = JSON.parse(line);
    if (!schema.Check(row)) throw new StanceError('usage', `A row of ${folder}/index.jsonl is not of its form: ${line.slice(0, 80)}`);
    return row;
  });
}

/** A row for each check that `*` stands for. */
function expand(row: Expected, rows: readonly Expected[], os: Host['os']): Expected[] {
  if (row.check !== '*') return [row];
  const own = new Set(rows.filter(({ file, spoil: how }) => file === row.file && how === row.spoil).map(({ check }) => check));
  return CATALOGUE.filter(({ id, read }) => read[os] !== undefined && !own.has(id)).map(({ id }) => ({ ...row, check: id }));
}

async function scoreRow(expected: Expected, machine: Host): Promise<ScoredRow> {
  const check = checkById(expected.check);
  const row = { ...expected, os: machine.os };
  if (check === undefined || (check.read[machine.os] === undefined && !expected.accept.includes('not-applicable'))) return { ...row, score: 'not covered' };
  const [reading] = await readChecks([check], expected.spoil === undefined ? machine : spoil(machine, expected.spoil));
  if (reading === undefined) throw new StanceError('internal', `${expected.check} gave no reading.`);
  const { verdict } = judgeReading(check, reading, defaultParams(check), machine.now());
  return { ...row, verdict, reading, score: scoreOf(expected, verdict, reading.status) };
}

/** Reads every recording of an index by the checks that have a row for it, under default parameters. */
export async function scoreFolder(folder: string): Promise<ScoredRow[]> {
  const rows = readIndex(folder);
  const machines = new Map([...new Set(rows.map(({ file }) => file))].map((file) => [file, createRecordedHost(readRecording(path.join(folder, file)))]));
  const machineOf = ({ file }: Expected): Host => machines.get(file) as Host;
  return Promise.all(rows.flatMap((row) => expand(row, rows, machineOf(row).os)).map((row) => scoreRow(row, machineOf(row))));
}

function print(rows: readonly ScoredRow[]): void {
  const names = [...SCORES, 'not covered'] as const;
  const groups = Map.groupBy(rows, (row) => `${row.os}  ${row.check}`);
  const counts = (group: readonly ScoredRow[]): string[] => names.map((name) => String(countOf(group, name)));
  say(table([['system and check', ...names], ...[...groups].map(([name, group]) => [name, ...counts(group)]), ['all', ...counts(rows)]]));
  say(`\n${rows.length} answers: ${SCORES.map((name) => `${name} ${countOf(rows, name)} (${shareOf(rows, name)})`).join(', ')}`);
  for (const row of rows) if (row.score !== 'right' && row.score !== 'not covered') say(`\n${complaintOf(row)}`);
}

async function main(): Promise<number> {
  const options = { json: { type: 'boolean', default: false }, markdown: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  if (positionals.length === 0)
    throw new StanceError('usage', 'Which recordings? npm run accuracy -- DIR… [--json|--markdown]  (a folder with an index.jsonl, or of such folders)');
  const rows = (await Promise.all(positionals.flatMap(indexFolders).map(scoreFolder))).flat();
  if (values.json) sayJson({ rows });
  else if (values.markdown) say(accuracyTables(rows));
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
