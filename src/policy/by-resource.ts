/** Policies by the resources that they name, so that a request meets only those that may be about it. Pure. */
import type { AccessPolicy } from './access.ts';

/** Ids of the only resources that a policy can be about; undefined where it may be about others: it names none, or a pattern. */
function idsOf({ when: { resources } }: AccessPolicy): ReadonlySet<string> | undefined {
  const include = Array.isArray(resources) ? resources : resources?.include;
  if (include === undefined) return undefined;
  const ids = include.map(({ id }) => id);
  return ids.every((id) => id !== undefined && !id.includes('*')) ? new Set(ids as string[]) : undefined;
}

/** `policies`: with what each was compiled to. The answer gives what is made of those, in their order, that may be about a resource with that id. */
export function byResource<T, L>(
  policies: readonly { readonly document: AccessPolicy; readonly compiled: T }[],
  make: (list: readonly T[]) => L,
): (id: string) => L {
  const named = policies.map(({ document, compiled }) => ({ ids: idsOf(document), compiled }));
  const about = (id: string | undefined): L =>
    make(named.filter(({ ids }) => ids === undefined || (id !== undefined && ids.has(id))).map(({ compiled }) => compiled));
  const others = about(undefined);
  const lists = new Map([...new Set(named.flatMap(({ ids }) => [...(ids ?? [])]))].map((id) => [id, about(id)]));
  return (id) => lists.get(id) ?? others;
}
