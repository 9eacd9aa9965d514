/** Which macOS this is: by its version file, else by `sw_vers`. */
import { attempt, DoorError, type Host, type JsonValue, type OsRelease, UnparsableError } from '../../model/index.ts';
import { dictionaryOf } from './property-list.ts';

export interface MacosVersion extends OsRelease {
  readonly os: 'macos';
  /** `26.3.1 (a)`: with the letter of a rapid response. */
  readonly version: string;
  readonly name: string;
  readonly method: string;
}

/** @throws UnparsableError for what is no version of macOS. */
export function macosVersionOf(version: unknown, extra: unknown, method: string): MacosVersion {
  if (typeof version !== 'string' || !/^\d{1,3}(\.\d{1,4}){0,3}$/.test(version)) throw new UnparsableError('The version of macOS is not a version');
  // The tenth was followed by the eleventh: until then the minor number counts.
  const cycle = /^(10\.\d+|\d+)/.exec(version)?.[0] ?? version;
  const letter = typeof extra === 'string' && /^\([a-z]\)$/.test(extra.trim()) ? ` ${extra.trim()}` : '';
  return { os: 'macos', cycle, version: `${version}${letter}`, name: `macOS ${version}${letter}`, method };
}

/** `sw_vers`: `ProductVersion:\t\t26.6.2`, `ProductVersionExtra:\t(a)`. @throws UnparsableError */
export function parseSwVers(stdout: string): MacosVersion {
  const field = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(\\S.*?)[ \\t]*$`, 'm').exec(stdout)?.[1];
  return macosVersionOf(field('ProductVersion'), field('ProductVersionExtra'), 'sw_vers');
}

const fromPlist = (value: JsonValue): MacosVersion => {
  const file = dictionaryOf(value, 'SystemVersion.plist');
  return macosVersionOf(file.ProductVersion, file.ProductVersionExtra, 'SystemVersion.plist');
};

/** @throws DoorError, UnparsableError of the file when neither tells. */
export async function readMacosVersion(host: Host): Promise<MacosVersion> {
  try {
    return fromPlist(await host.plist('/System/Library/CoreServices/SystemVersion.plist'));
  } catch (error) {
    const answer = await attempt(host.run('sw_vers', []).then(({ stdout }) => parseSwVers(stdout))).catch(() => undefined);
    if (answer === undefined || answer instanceof DoorError) throw error;
    return answer;
  }
}
