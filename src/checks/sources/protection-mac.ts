/** Protection from malware on macOS: XProtect, which is always on, and programs that watch by a system extension. */
import { attempt, DoorError, type Finding, type Host, isAbsent, known, UnparsableError, unknown } from '../../model/index.ts';
import { isUnrecorded } from './failures.ts';
import { readPreferences } from './mac-preferences.ts';
import { inOrder, type Protection, type Protections, signaturesOf } from './protection.ts';
import { EDR_PRODUCTS } from './protection-products.ts';
import { readSystemExtensions, type SystemExtension } from './system-extensions.ts';

/** Where macOS keeps XProtect's data: from macOS 15 on it renews those in the second place, and the first may stay behind. */
const BUNDLES = ['/Library/Apple/System/Library/CoreServices/XProtect.bundle', '/private/var/protected/xprotect/XProtect.bundle'];

/** "Version: 5356 Installed: 2026-11-19 08:12:33 +0000" → when it was installed, ISO 8601. @throws UnparsableError */
export function parseXprotectVersion(text: string): string {
  const [, day, time, offset] = /^Version: \d{1,9} Installed: (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d{4})\s*$/m.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${offset?.slice(0, 3)}:${offset?.slice(3)}`);
  if (Number.isNaN(ms)) throw new UnparsableError('xprotect does not say which version is installed');
  return new Date(ms).toISOString();
}

const XPROTECT = { name: 'XProtect', state: 'on' } as const;

const failed = (error: unknown): Error => {
  if (error instanceof DoorError || error instanceof UnparsableError) return error;
  throw error;
};

/** The state of XProtect in one place, by the files that name its version. @throws DoorError, UnparsableError */
async function readBundle(host: Host, bundle: string): Promise<Protection> {
  let failure: unknown;
  for (const [file, key] of [
    ['Resources/XProtect.meta.plist', 'Version'],
    ['Info.plist', 'CFBundleShortVersionString'],
  ] as const) {
    const path = `${bundle}/Contents/${file}`;
    try {
      const version = (await readPreferences(host, path))[key];
      if (version === undefined) throw new DoorError('ENOENT', `${path} ${key}`);
      if (!/^\d{1,9}$/.test(String(version))) throw new UnparsableError(`${path}: ${key} is not a number`);
      const status = await attempt(host.stat(path));
      return { ...XPROTECT, ...(status instanceof DoorError ? { signatures: 'unknown' } : signaturesOf(status.mtime)) };
    } catch (error) {
      failure ??= failed(error);
    }
  }
  throw failure;
}

/** XProtect and the day of its newest data. Where its files do not tell, a program does from macOS 15 on. */
async function readXprotect(host: Host): Promise<Protection> {
  const answers = await Promise.all(BUNDLES.map((bundle) => readBundle(host, bundle).catch(failed)));
  const found = answers
    .flatMap((answer) => (answer instanceof Error ? [] : [answer]))
    .sort((a, b) => ((a.signaturesAt ?? '') < (b.signaturesAt ?? '') ? 1 : -1));
  // One that could not be looked at may be the one that is renewed.
  const hidden = answers.some((answer) => (answer instanceof Error ? !isAbsent(answer) && !isUnrecorded(answer) : answer.signatures === 'unknown'));
  if (found[0] !== undefined && !hidden) return found[0];
  try {
    const { stdout, exit } = await host.run('xprotect', ['version']);
    if (exit !== 0) throw new UnparsableError(`xprotect ended with ${exit}`);
    return { ...XPROTECT, ...signaturesOf(parseXprotectVersion(stdout)) };
  } catch (error) {
    failed(error);
    if (found[0] !== undefined) return { ...XPROTECT, signatures: 'unknown' };
    throw answers[0];
  }
}

/** A name for people: that of a product that is known by its bundle, else what the extension calls itself. */
const productOf = ({ bundle, name }: SystemExtension): string =>
  EDR_PRODUCTS.find(({ darwin }) => darwin !== undefined && bundle.toLowerCase().startsWith(darwin.toLowerCase()))?.name ?? name.slice(0, 100);

export async function readMacProtection(host: Host): Promise<Finding<Protections>> {
  const [xprotect, extensions] = await Promise.all([readXprotect(host).catch(failed), readSystemExtensions(host).catch(failed)]);
  const watching = extensions instanceof Error ? [] : extensions.filter(({ watches, running }) => watches && running);
  const products = [
    ...(xprotect instanceof Error ? [] : [xprotect]),
    ...watching.map((extension): Protection => ({ name: productOf(extension), state: 'on', signatures: 'none' })),
  ];
  if (products.length === 0) {
    if (xprotect instanceof Error) throw xprotect;
    return unknown('no-data');
  }
  return known({ products: inOrder(products), complete: !(xprotect instanceof Error || extensions instanceof Error) }, 'XProtect, system extensions');
}
