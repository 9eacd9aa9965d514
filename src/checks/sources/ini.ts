/** Configuration files of `[section]` and `key=value`, as display managers and libraries on Linux have them. */
import { UnparsableError } from '../../model/index.ts';

export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Lines that begin with `#` or `;` say nothing; a later assignment of a key wins, and a section may go on further down.
 * Keys above the first section stand under the name ''. Names keep their case; values lose the spaces around them.
 * @throws UnparsableError for a text that says something, and nothing in this form
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section = '';
  let [understood, lines] = [0, 0];
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    lines++;
    const head = /^\[([^\]]*)\]$/.exec(trimmed)?.[1];
    if (head !== undefined) {
      section = head.trim();
      understood++;
    } else {
      const equals = trimmed.indexOf('=');
      if (equals <= 0) continue;
      understood++;
      const values = sections.get(section) ?? new Map<string, string>();
      sections.set(section, values.set(trimmed.slice(0, equals).trim(), trimmed.slice(equals + 1).trim()));
    }
  }
  if (lines > 0 && understood === 0) throw new UnparsableError('a configuration file has neither sections nor settings');
  return sections;
}

/** Files in the order in which they are read: what a later one says of a key goes over the earlier ones. */
export function mergeInis(inis: readonly Ini[]): Ini {
  const merged = new Map<string, Map<string, string>>();
  for (const ini of inis) for (const [section, values] of ini) merged.set(section, new Map([...(merged.get(section) ?? []), ...values]));
  return merged;
}
