/** Scores readings of recorded machines against the right answers. Pure. The rules: README of the recordings. */
import { type Static, Type } from 'typebox';
import type { Platform, Reading, Verdict } from '../model/index.ts';
import { SPOILS } from './spoiled-machine.ts';

/** A row of `index.jsonl`. */
export const Expected = Type.Object({
  file: Type.String(),
  /** Id of a check; `*`: every check that has a reader for the system and no row of its own. */
  check: Type.String(),
  accept: Type.Array(Type.Enum(['pass', 'fail', 'unknown', 'not-applicable']), { minItems: 1 }),
  status: Type.Enum(['known', 'unknown', 'not-applicable']),
  why: Type.String(),
  /** The same machine, with doors that do not answer as they should. */
  spoil: Type.Optional(Type.Enum(SPOILS)),
});
export type Expected = Static<typeof Expected>;

export const SCORES = ['right', 'false pass', 'false fail', 'needless unknown', 'misplaced not-applicable', 'wrong status'] as const;
export type Score = (typeof SCORES)[number];

export interface ScoredRow extends Expected {
  readonly os: Platform;
  /** `not covered`: no such check, or no reader for that system yet. */
  readonly score: Score | 'not covered';
  readonly verdict?: Verdict;
  readonly reading?: Reading;
}

const WRONG: Readonly<Record<Verdict, Score>> = {
  pass: 'false pass',
  fail: 'false fail',
  unknown: 'needless unknown',
  'not-applicable': 'misplaced not-applicable',
};

/** `status` is scored only where a single verdict is right. */
export function scoreOf(expected: Expected, verdict: Verdict, status: Reading['status']): Score {
  if (!expected.accept.includes(verdict)) return WRONG[verdict];
  return expected.accept.length === 1 && expected.status !== status ? 'wrong status' : 'right';
}

export const countOf = (rows: readonly ScoredRow[], score: ScoredRow['score']): number => rows.filter((row) => row.score === score).length;

/** Share of the rows that are covered, as text: `0.0 %`. */
export function shareOf(rows: readonly ScoredRow[], score: Score): string {
  const covered = rows.length - countOf(rows, 'not covered');
  return covered === 0 ? '–' : `${((100 * countOf(rows, score)) / covered).toFixed(1)} %`;
}

/** What was wrong with a row, for people: what came, what is right, and why. */
export function complaintOf({ file, spoil, os, check, score, verdict, reading, accept, status, why }: ScoredRow): string {
  const detail = reading !== undefined && 'detail' in reading ? ` (${reading.detail})` : '';
  const machine = `${os} ${file}${spoil === undefined ? '' : `, ${spoil}`}`;
  return `${score}: ${machine}, ${check}\n  got ${verdict}/${reading?.status}${detail}, right is ${accept.join(' or ')}/${status}\n  ${why}`;
}
