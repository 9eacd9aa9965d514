/** System extensions of macOS by `systemextensionsctl list`: what watches a Mac from inside. */
import { type Host, UnparsableError } from '../../model/index.ts';

export interface SystemExtension {
  readonly bundle: string;
  readonly name: string;
  /** Watches programs and files (Endpoint Security); others filter the network or drive hardware. */
  readonly watches: boolean;
  readonly running: boolean;
}

const MAX_EXTENSIONS = 200;

/** Rows of columns that tabs part, or in copies spaces; `[activated enabled]` runs, every other state does not. @throws UnparsableError */
export function parseSystemExtensions(text: string): SystemExtension[] {
  const count = /^(\d{1,4}) extension\(s\)\s*$/m.exec(text)?.[1];
  if (count === undefined) throw new UnparsableError('systemextensionsctl does not say how many extensions there are');
  const extensions: SystemExtension[] = [];
  let watches = false;
  for (const line of text.split('\n')) {
    const category = /^--- (\S+)/.exec(line)?.[1];
    if (category !== undefined) watches = category === 'com.apple.system_extension.endpoint_security';
    const [, bundle, name, state] = /^[*\s-]*(?:[A-Z0-9]{10}\s+)?([A-Za-z0-9.-]+) \([^)]*\)\s+(.*?)\s*\[([a-z ]+)\]\s*$/.exec(line) ?? [];
    if (bundle !== undefined && state !== undefined && extensions.length < MAX_EXTENSIONS) {
      extensions.push({ bundle, name: name || bundle, watches, running: state === 'activated enabled' });
    }
  }
  // Some list an extension in two categories; none that is counted is missing.
  if (extensions.length < Math.min(Number(count), MAX_EXTENSIONS)) throw new UnparsableError('systemextensionsctl counts more extensions than it lists');
  return extensions;
}

export async function readSystemExtensions(host: Host): Promise<SystemExtension[]> {
  const { stdout, exit } = await host.run('systemextensionsctl', ['list']);
  if (exit !== 0) throw new UnparsableError(`systemextensionsctl ended with ${exit}`);
  return parseSystemExtensions(stdout);
}
