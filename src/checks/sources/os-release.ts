/** `/etc/os-release` (os-release(5)): which system this is. */
import { attempt, DoorError, type Host, orAbsent, UnparsableError } from '../../model/index.ts';
import { isUnrecorded } from './failures.ts';

export type OsRelease = Readonly<Record<string, string>>;

/** Shell-like assignments; quotes and backslashes as the specification has them. @throws UnparsableError without an ID. */
export function parseOsRelease(text: string): OsRelease {
  const entries = [...text.matchAll(/^([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([^\s"'#]*))[ \t]*$/gm)].map(
    ([, name = '', double, single, bare]) => [name, double === undefined ? (single ?? bare ?? '') : double.replace(/\\(["\\$`])/g, '$1')],
  );
  const release = Object.fromEntries(entries) as OsRelease;
  if (!release.ID) throw new UnparsableError('os-release has no ID');
  return release;
}

/** From `/etc`, or `/usr/lib` where `/etc` has none. @throws DoorError, UnparsableError */
export async function readOsRelease(host: Host): Promise<OsRelease> {
  return parseOsRelease((await orAbsent(host.read('/etc/os-release'))) ?? (await host.read('/usr/lib/os-release')));
}

/** True where the system is replaced as an image (ostree, bootc). @throws DoorError where that cannot be told */
export async function isImageBased(host: Host): Promise<boolean> {
  const mark = await attempt(orAbsent(host.stat('/run/ostree-booted')));
  if (!(mark instanceof DoorError)) return mark !== undefined;
  if (isUnrecorded(mark)) return false;
  throw mark;
}

/** True where the system is one of these, or is made from one of them (ID_LIKE). */
export const isLike = (release: OsRelease, ...ids: readonly string[]): boolean =>
  [release.ID ?? '', ...(release.ID_LIKE ?? '').split(' ')].some((id) => ids.includes(id));
