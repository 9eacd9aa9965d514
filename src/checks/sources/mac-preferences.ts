/** Preferences on macOS: files that a person, an administrator or a profile fills, with switches and numbers in several spellings. */
import { type Host, type JsonValue, orAbsent, UnparsableError } from '../../model/index.ts';

export type Preferences = Readonly<Record<string, JsonValue>>;

/** What a preferences file says; nothing where it is absent. @throws DoorError; UnparsableError for one that is not a dictionary */
export async function readPreferences(host: Host, path: string, options?: { readonly host: 'current' }): Promise<Preferences> {
  const value = await orAbsent(host.plist(path, options));
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnparsableError(`${path} is not a dictionary`);
  return value as Preferences;
}

/** What a profile sets for this person and for this Mac; the person's goes over the Mac's, and both over what anybody chose. */
export async function readManaged(host: Host, domain: string): Promise<Preferences> {
  const user = host.env.USER;
  const [forMac, forUser] = await Promise.all([
    readPreferences(host, `/Library/Managed Preferences/${domain}.plist`),
    user === undefined || user === '' || user === 'root' || user.includes('/')
      ? {}
      : readPreferences(host, `/Library/Managed Preferences/${user}/${domain}.plist`),
  ]);
  return { ...forMac, ...forUser };
}

/** A switch: `defaults write` without a type leaves text. Undefined where the key is absent. @throws UnparsableError */
export function switchOf(preferences: Preferences, key: string): boolean | undefined {
  const value = Object.hasOwn(preferences, key) ? preferences[key] : undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 1 || (typeof value === 'string' && /^(1|true|yes)$/i.test(value.trim()))) return true;
  if (value === 0 || (typeof value === 'string' && /^(0|false|no)$/i.test(value.trim()))) return false;
  throw new UnparsableError(`${key} is neither on nor off`);
}

/** A number that is not negative. Undefined where the key is absent. @throws UnparsableError */
export function numberOf(preferences: Preferences, key: string): number | undefined {
  const value = Object.hasOwn(preferences, key) ? preferences[key] : undefined;
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) throw new UnparsableError(`${key} is not a number`);
  return number;
}
