/** Checks by what they ask of the person: to act, to think about it, to know, or nothing at all. Pure. */
import type { CheckAppraisal, TrayState } from '../../src/model/index.ts';
import { counts } from '../../src/model/standing.ts';

export interface Group {
  readonly id: 'attention' | 'unknown' | 'advice' | 'fine' | 'elsewhere';
  readonly title: string;
  readonly checks: readonly CheckAppraisal[];
}

const TITLES = {
  attention: 'Needs attention',
  unknown: 'Could not be read',
  advice: 'Worth improving, not required',
  fine: 'In good order',
  elsewhere: 'Does not apply here',
} as const satisfies Record<Group['id'], string>;

/** In the order of the titles, without the empty ones. Checks that count come first in each. */
export function groupChecks({ appraisal }: TrayState): readonly Group[] {
  if (appraisal === null) return [];
  const checks = [...appraisal.checks].sort((a, b) => Number(counts(appraisal, b)) - Number(counts(appraisal, a)));
  const groupOf = (check: CheckAppraisal): Group['id'] => {
    switch (check.verdict) {
      case 'fail':
        return counts(appraisal, check) ? 'attention' : 'advice';
      case 'unknown':
        return 'unknown';
      case 'pass':
        return 'fine';
      case 'not-applicable':
        return 'elsewhere';
    }
  };
  return (Object.keys(TITLES) as Group['id'][])
    .map((id) => ({ id, title: TITLES[id], checks: checks.filter((check) => groupOf(check) === id) }))
    .filter((group) => group.checks.length > 0);
}
