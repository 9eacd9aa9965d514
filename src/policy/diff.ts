/** What two sets of policies differ in, document by document and member by member; order and comments are no difference. Pure. */
import { canonicalJson } from '../model/index.ts';
import type { PolicySet } from './policy-set.ts';

export interface Difference {
  /** `access-policy apps-need-a-compliant-device`, `user ada`. */
  readonly what: string;
  /** `added`, `removed`, or where in it (`when.users.exclude`). */
  readonly where: string;
  /** JSON; left out where there was, or is, nothing. */
  readonly before?: string;
  readonly after?: string;
}

type Documents = ReadonlyMap<string, unknown>;

function documentsOf({ baselines, accessPolicies, exemptions, protections, directory }: PolicySet): Documents {
  const { users = [], resources = [], locations = [], actions = [], approvedApps = [] } = directory;
  return new Map<string, unknown>([
    ...baselines.map(({ document }) => [`baseline ${document.id}`, document] as const),
    ...accessPolicies.map(({ document }) => [`access-policy ${document.id}`, document] as const),
    ...exemptions.map((exemption) => [`exemption ${exemption.id}`, exemption] as const),
    // They have no names: what is protected is their name.
    ...protections.map((protection) => [`protection of ${canonicalJson(protection.resources)}`, protection] as const),
    ...users.map((user) => [`user ${user.id}`, user] as const),
    ...resources.map((resource) => [`${resource.type} ${resource.id}`, resource] as const),
    ...locations.map((location) => [`location ${location.name}`, location] as const),
    ...actions.map((action) => [`action ${action}`, action] as const),
    ...approvedApps.map((app) => [`approved app ${app}`, app] as const),
  ]);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const json = (name: 'before' | 'after', value: unknown): { before?: string; after?: string } => (value === undefined ? {} : { [name]: canonicalJson(value) });

/** Down to the members that differ; lists are one value. */
function compare(what: string, where: string, before: unknown, after: unknown): Difference[] {
  if (isObject(before) && isObject(after)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return members.flatMap((member) => compare(what, where === '' ? member : `${where}.${member}`, before[member], after[member]));
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return [];
  return [{ what, where, ...json('before', before), ...json('after', after) }];
}

export function differences(before: PolicySet, after: PolicySet): Difference[] {
  const [old, now] = [documentsOf(before), documentsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((what) => {
    if (!now.has(what)) return [{ what, where: 'removed' }];
    if (!old.has(what)) return [{ what, where: 'added', ...json('after', now.get(what)) }];
    return compare(what, '', old.get(what), now.get(what));
  });
}
