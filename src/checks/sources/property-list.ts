/** Members of a property list whose root should be a dictionary. Pure. */
import { type JsonValue, UnparsableError } from '../../model/index.ts';

/** @throws UnparsableError for anything else than a dictionary */
export function dictionaryOf(value: JsonValue | undefined, what: string): Readonly<Record<string, JsonValue>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnparsableError(`${what} is no dictionary`);
  return value as Readonly<Record<string, JsonValue>>;
}
