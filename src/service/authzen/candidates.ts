/** What a search can find: whom and what the directory names, and the actions that it or policies name. Worked out once for a set of policies. */
import { isPerson, type PolicySet } from '../../policy/index.ts';
import type { Sought } from './requests.ts';

export interface Candidates {
  readonly users: readonly string[];
  /** Ids by type. */
  readonly resources: ReadonlyMap<string, readonly string[]>;
  readonly actions: readonly string[];
}

const known = new WeakMap<PolicySet, Candidates>();

function list({ directory, accessPolicies }: PolicySet): Candidates {
  const resources = new Map<string, string[]>();
  for (const { type, id } of directory.resources ?? []) {
    const ids = resources.get(type);
    if (ids === undefined) resources.set(type, [id]);
    else ids.push(id);
  }
  const actions = accessPolicies
    .filter(({ document }) => document.state !== 'off')
    .flatMap(({ document }) => (document.when.actions ?? []).map((action) => (typeof action === 'string' ? action : action.name)));
  return {
    users: (directory.users ?? []).map(({ id }) => id),
    resources,
    actions: [...new Set([...(directory.actions ?? []), ...actions])].filter((name) => name !== '*').sort(),
  };
}

export function candidatesOf(set: PolicySet): Candidates {
  const made = known.get(set) ?? list(set);
  known.set(set, made);
  return made;
}

/** Ids, or names of actions, in an order that stays as long as the policies do. Of a type that nobody knows: none. */
export function candidatesFor({ users, resources, actions }: Candidates, sought: Sought, type: string): readonly string[] {
  if (sought === 'action') return actions;
  return (sought === 'resource' ? resources.get(type) : isPerson(type) ? users : undefined) ?? [];
}
