/** Checks by what they ask of the person: to act, to think about it, to know, or nothing at all. Pure. */
import type { CheckAppraisal, TrayState } from '../../src/model/index.ts';
import { needsAttention } from '../../src/model/standing.ts';

export interface Group {
  readonly id: 'attention' | 'advice' | 'unknown' | 'fine' | 'elsewhere';
  readonly title: string;
  readonly checks: readonly CheckAppraisal[];
}

const GROUPS: readonly (Pick<Group, 'id' | 'title'> & { readonly takes: (check: CheckAppraisal) => boolean })[] = [
  { id: 'attention', title: 'Needs attention', takes: needsAttention },
  { id: 'unknown', title: 'Could not be read', takes: (check) => check.verdict === 'unknown' },
  { id: 'advice', title: 'Worth improving, not required', takes: (check) => check.verdict === 'fail' && !check.required },
  { id: 'fine', title: 'In good order', takes: (check) => check.verdict === 'pass' },
  { id: 'elsewhere', title: 'Does not apply here', takes: (check) => check.verdict === 'not-applicable' },
];

/** Without the empty ones. Required checks come first in each. */
export function groupChecks({ appraisal }: TrayState): readonly Group[] {
  const checks = [...(appraisal?.checks ?? [])].sort((a, b) => Number(b.required) - Number(a.required));
  return GROUPS.map(({ id, title, takes }) => ({ id, title, checks: checks.filter(takes) })).filter((group) => group.checks.length > 0);
}
