/** A set of policies in which some are enforced that are not: to see what that would do. Pure. */
import { StanceError } from '../model/index.ts';
import type { PolicySet } from './policy-set.ts';
import { closest } from './spelling.ts';

/** @throws StanceError `usage` for an id that no access policy has */
export function enforcing(set: PolicySet, ids: readonly string[]): PolicySet {
  const known = set.accessPolicies.map(({ document }) => document.id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const near = closest(id, known);
    throw new StanceError('usage', `There is no access policy "${id}"${near === undefined ? '.' : `; did you mean "${near}"?`}`);
  }
  const accessPolicies = set.accessPolicies.map((one) =>
    ids.includes(one.document.id) ? { ...one, document: { ...one.document, state: 'enforced' as const } } : one,
  );
  return { ...set, accessPolicies };
}
