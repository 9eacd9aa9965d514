/** Scores readings of recorded machines against the right answers. Pure. The rules: README of the recordings. */
import { type Static, Type } from 'typebox';
import type { Reading, Verdict } from '../model/index.ts';

/** A row of `index.jsonl`. */
export const Expected = Type.Object({
  file: Type.String(),
  check: Type.String(),
  accept: Type.Array(Type.Enum(['pass', 'fail', 'unknown', 'not-applicable']), { minItems: 1 }),
  status: Type.Enum(['known', 'unknown', 'not-applicable']),
  why: Type.String(),
});
export type Expected = Static<typeof Expected>;

export const SCORES = ['right', 'false pass', 'false fail', 'needless unknown', 'misplaced not-applicable', 'wrong status'] as const;
export type Score = (typeof SCORES)[number];

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
