/** Readings and verdicts side by side, for people and for programs. */
import type { Appraisal, CheckAppraisal, Reading } from '../model/index.ts';
import { table, verdictWord } from './output.ts';

/** Each reading with its verdict: `{check, status, verdict, value, method, reason, tookMs, …}`. */
export function withVerdicts(readings: readonly Reading[], appraisal: Appraisal): (Reading & Pick<CheckAppraisal, 'verdict' | 'because'>)[] {
  const byCheck = new Map(appraisal.checks.map((check) => [check.check, check]));
  return readings.map((reading) => {
    const appraised = byCheck.get(reading.check);
    return { ...reading, verdict: appraised?.verdict ?? 'unknown', ...(appraised?.because === undefined ? {} : { because: appraised.because }) };
  });
}

/** Why a verdict is what it is, in one line. */
const sentence = (check: CheckAppraisal): string =>
  check.because ??
  (check.reason === undefined
    ? ''
    : check.reason === 'platform'
      ? 'There is no such thing on this system.'
      : `${check.verdict === 'unknown' ? 'Not known' : 'Does not apply'}: ${check.reason}.`);

/** `ids`: with the names that `--only` takes. */
export const verdictTable = (appraisal: Appraisal, ids: boolean): string =>
  table(appraisal.checks.map((check) => [verdictWord(check.verdict), ids ? check.check : check.title, sentence(check) || check.title]));
