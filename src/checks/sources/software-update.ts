/** What macOS last found to install, out of the cache of its search; the search itself takes from seconds to hours and is not started. */
import { attempt, DoorError, type Finding, type Host, type JsonValue, UnparsableError, unknown } from '../../model/index.ts';
import { readMacosVersion } from './macos-version.ts';
import type { PendingUpdate } from './pending-updates.ts';
import type { Updates } from './pending-updates-linux.ts';
import { dictionaryOf } from './property-list.ts';

export const SOFTWARE_UPDATE = '/Library/Preferences/com.apple.SoftwareUpdate.plist';

/** An update that macOS offers. */
export interface Offer {
  readonly title: string;
  readonly version: string;
  /** Product key, identifier and label: names under which its first sighting may be kept. */
  readonly aliases: readonly string[];
}

/** What mends the system, Safari, and Apple's lists of malware; not developer tools, printers, and applications. */
const SYSTEM_PARTS = /^macOS\b|^OS X\b|^MSU_|security|supplemental|rapid response|background security|^Safari|XProtect|Gatekeeper|MRT|ConfigData|Config ?Data/i;

const majorOf = (version: string): number => Number(/^\d+/.exec(version)?.[0] ?? Number.NaN);

/** True for an update of what is installed; the next macOS is an upgrade, and whether the installed one is still mended is another check. */
export function isSecurityOffer({ title, version, aliases }: Offer, installed: string | undefined): boolean {
  if (![title, ...aliases].some((name) => SYSTEM_PARTS.test(name))) return false;
  if (!/^macOS\b/.test(title)) return true;
  return !aliases.some((name) => /_major$/.test(name)) && !(installed !== undefined && majorOf(version) > majorOf(installed));
}

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value.slice(0, 200) : '');

/** The cache of the last search. `at`: when a full one last succeeded, ms. @throws UnparsableError */
export function parseSoftwareUpdate(value: JsonValue): {
  readonly offers: readonly Offer[] | undefined;
  readonly announced: number;
  readonly at: number | undefined;
} {
  const file = dictionaryOf(value, 'com.apple.SoftwareUpdate.plist');
  const list = file.RecommendedUpdates;
  if (list !== undefined && !Array.isArray(list)) throw new UnparsableError('RecommendedUpdates is no list');
  const offers = (list as readonly JsonValue[] | undefined)?.map((entry) => {
    const offer = dictionaryOf(entry, 'A recommended update');
    const aliases = [text(offer['Product Key']), text(offer.Identifier)].filter((name) => name !== '');
    const title = text(offer['Display Name']) || aliases[0];
    if (title === undefined) throw new UnparsableError('A recommended update has no name');
    return { title, version: text(offer['Display Version']), aliases };
  });
  const announced = [file.LastRecommendedUpdatesAvailable, file.LastUpdatesAvailable].find((count) => typeof count === 'number');
  const at = Date.parse(text(file.LastFullSuccessfulDate) || text(file.LastSuccessfulDate));
  return { offers, announced: typeof announced === 'number' ? announced : 0, at: Number.isNaN(at) ? undefined : at };
}

/** `softwareupdate --list --no-scan`: `* Label: …\n\tTitle: …, Version: …, Size: …`. "None" comes on standard error. @throws UnparsableError */
export function parseSoftwareUpdateList(output: string): Offer[] {
  if (/^Scan finished with error|error:/im.test(output)) throw new UnparsableError('softwareupdate says that its search failed');
  const offers = [...output.matchAll(/^\* Label: (.{1,200})\n\s*Title: (.{1,200}?), Version: ([^,\n]{0,60}),/gm)].map(
    ([, label = '', title = '', version = '']) => ({
      title,
      version,
      aliases: [label.trim()],
    }),
  );
  if (offers.length === 0 && !/^No new software available\.$/m.test(output)) throw new UnparsableError('softwareupdate did not say what is available');
  return offers;
}

const listCached = (host: Host): Promise<readonly Offer[]> =>
  host.run('softwareupdate', ['--list', '--no-scan'], { timeoutMs: 20_000 }).then(({ stdout, stderr }) => parseSoftwareUpdateList(`${stdout}\n${stderr}`));

export async function readMacosUpdates(host: Host): Promise<Updates | Finding<never>> {
  const version = await attempt(readMacosVersion(host)).catch(() => undefined);
  const installed = version === undefined || version instanceof DoorError ? undefined : version.version;
  const security = (offers: readonly Offer[]): PendingUpdate[] =>
    offers.filter((offer) => isSecurityOffer(offer, installed)).map(({ title, aliases }) => ({ name: title, aliases }));

  const cache = await attempt(host.plist(SOFTWARE_UPDATE).then(parseSoftwareUpdate)).catch((error: unknown) => {
    if (error instanceof UnparsableError) return error;
    throw error;
  });
  if (cache instanceof DoorError || cache instanceof UnparsableError) {
    // The program reads the same cache; without the file how old it is stays unknown, so that only what it names counts.
    const offers = await attempt(listCached(host)).catch(() => undefined);
    const pending = offers === undefined || offers instanceof DoorError ? [] : security(offers);
    if (pending.length === 0) throw cache;
    return { pending, listsAt: null, method: 'softwareupdate --list --no-scan' };
  }
  const { offers, announced, at } = cache;
  if (at === undefined) return unknown('no-data', 'A search for updates has never succeeded, so that nothing found says nothing.');
  if (offers !== undefined && (offers.length > 0 || announced === 0)) return { pending: security(offers), listsAt: at, method: SOFTWARE_UPDATE };
  if (offers === undefined && announced === 0) return { pending: [], listsAt: at, method: SOFTWARE_UPDATE };
  // The file counts updates and names none.
  const listed = await attempt(listCached(host)).catch(() => undefined);
  if (listed === undefined || listed instanceof DoorError || listed.length === 0)
    return unknown('no-data', `${announced} updates are announced, and none is named.`);
  return { pending: security(listed), listsAt: at, method: 'softwareupdate --list --no-scan' };
}
