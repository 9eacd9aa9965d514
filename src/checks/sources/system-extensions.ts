/** System extensions of macOS: what watches a Mac from inside. By the file that macOS keeps of them, else by `systemextensionsctl list`. */
import { DoorError, type Host, type JsonValue, UnparsableError } from '../../model/index.ts';
import { answerOf } from './failures.ts';
import { dictionaryOf } from './property-list.ts';

export interface SystemExtension {
  readonly bundle: string;
  readonly name: string;
  /** Watches programs and files (Endpoint Security); others filter the network or drive hardware. */
  readonly watches: boolean;
  readonly running: boolean;
}

const MAX_EXTENSIONS = 200;
const DATABASE = '/Library/SystemExtensions/db.plist';
const WATCHES = 'com.apple.system_extension.endpoint_security';

/** Rows of columns that tabs part, or in copies spaces; `[activated enabled]` runs, every other state does not. @throws UnparsableError */
export function parseSystemExtensions(text: string): SystemExtension[] {
  const count = /^(\d{1,4}) extension\(s\)\s*$/m.exec(text)?.[1];
  if (count === undefined) throw new UnparsableError('systemextensionsctl does not say how many extensions there are');
  const extensions: SystemExtension[] = [];
  let watches = false;
  for (const line of text.split('\n')) {
    const category = /^--- (\S+)/.exec(line)?.[1];
    if (category !== undefined) watches = category === WATCHES;
    const [, bundle, name, state] = /^[*\s-]*(?:[A-Z0-9]{10}\s+)?([A-Za-z0-9.-]+) \([^)]*\)\s+(.*?)\s*\[([a-z ]+)\]\s*$/.exec(line) ?? [];
    if (bundle !== undefined && state !== undefined && extensions.length < MAX_EXTENSIONS) {
      extensions.push({ bundle, name: name || bundle, watches, running: state === 'activated enabled' });
    }
  }
  // Some list an extension in two categories; none that is counted is missing.
  if (extensions.length < Math.min(Number(count), MAX_EXTENSIONS)) throw new UnparsableError('systemextensionsctl counts more extensions than it lists');
  return extensions;
}

/** `/Library/SystemExtensions/db.plist`: `{extensions: [{identifier, state, categories}]}`; everybody may read it. @throws UnparsableError */
export function extensionsOf(value: JsonValue): SystemExtension[] {
  const { extensions } = dictionaryOf(value, DATABASE);
  if (!Array.isArray(extensions)) throw new UnparsableError(`${DATABASE} lists no extensions`);
  return extensions.slice(0, MAX_EXTENSIONS).map((entry: JsonValue) => {
    const { identifier, state, categories } = dictionaryOf(entry, 'A system extension');
    if (typeof identifier !== 'string' || typeof state !== 'string' || !Array.isArray(categories)) {
      throw new UnparsableError('a system extension has no identifier, state or categories');
    }
    return { bundle: identifier, name: identifier, watches: categories.includes(WATCHES), running: state === 'activated_enabled' };
  });
}

/** The file first, which takes no process. @throws DoorError, UnparsableError of the program where neither tells */
export async function readSystemExtensions(host: Host): Promise<SystemExtension[]> {
  const kept = await answerOf(host.plist(DATABASE).then(extensionsOf));
  if (!(kept instanceof DoorError)) return kept;
  const { stdout, exit } = await host.run('systemextensionsctl', ['list']);
  if (exit !== 0) throw new UnparsableError(`systemextensionsctl ended with ${exit}`);
  return parseSystemExtensions(stdout);
}
