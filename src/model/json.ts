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

/** Whether two values are the same JSON, whatever the order of members; where members are `undefined`, they are not. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, index) => sameJson(one, b[index]));
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let count = 0;
  for (const name in one) {
    const left = one[name];
    const right = other[name];
    // Most members are texts, and the same.
    if (right === undefined || (left !== right && !sameJson(left, right)) || !Object.hasOwn(other, name)) return false;
    count++;
  }
  return count === Object.keys(other).length;
}
