/** Values of a registry key, whose names match without case. */
import { type JsonValue, type RegistryKey, UnparsableError } from '../../model/index.ts';

/** The value with this name; `undefined` where the key has none. */
export function registryValue(key: RegistryKey, name: string): JsonValue | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(key.values).find(([each]) => each.toLowerCase() === wanted)?.[1];
}

/** A REG_DWORD; `undefined` where the key has none. @throws UnparsableError where it is of another type */
export function registryNumber(key: RegistryKey, name: string): number | undefined {
  const value = registryValue(key, name);
  if (value !== undefined && typeof value !== 'number') throw new UnparsableError(`${name} is not a number`);
  return value;
}
