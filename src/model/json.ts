/** JSON as the wire carries it, and its one canonical form. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [member: string]: JsonValue };

/**
 * The canonical text of a JSON value: members sorted by UTF-16 code unit, no white space (RFC 8785 for the
 * values we use: integers, booleans, text, arrays, objects). Members whose value is `undefined` are left out.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Record<string, unknown>;
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
  return `{${members.join(',')}}`;
}

/** Whether two values have the same JSON, but for the order of members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let left = 0;
  for (const name in other) if (other[name] !== undefined) left++;
  for (const name in one) {
    if (one[name] === undefined) continue;
    if (other[name] === undefined || !sameJson(one[name], other[name])) return false;
    left--;
  }
  return left === 0;
}
