/** Whether the maker of the system still mends its holes. The reading says which release this is; the catalogue says until when it is supported. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  daysSince,
  defineCheck,
  fail,
  file,
  type Host,
  type Judgement,
  known,
  notApplicable,
  OsCatalog,
  type OsCatalogRow,
  pass,
  placeOf,
  registryKey,
  rowsOf,
  UnparsableError,
  undecided,
  unknown,
} from '../model/index.ts';
import { newerRelease } from './remedies/os-supported.ts';
import { readMacosVersion } from './sources/macos-version.ts';
import { BUNDLED_CATALOG } from './sources/os-catalog.ts';
import { type OsRelease, readOsRelease } from './sources/os-release.ts';
import { isRolling, linuxEdition, type Support, supportFromDistroInfo, supportFromRelease } from './sources/os-support.ts';
import { WINDOWS_VERSION_NEEDS, windowsVersion } from './sources/windows-version.ts';

const DATE = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
/** A catalogue that is older than this may have missed a change; what the system says of itself goes first then. */
const FRESH_DAYS = 45;
/** For how long "no end is announced" counts: releases end at most once a year, and are left out of the catalogue's next edition then. */
const UNANNOUNCED_DAYS = 180;

async function fromHost(host: Host, release: OsRelease): Promise<(Support & { source: string }) | undefined> {
  const own = supportFromRelease(release);
  if (own !== undefined) return { ...own, source: 'os-release SUPPORT_END' };
  if (release.ID !== 'debian' && release.ID !== 'ubuntu') return undefined;
  const csv = await attempt(host.read(`/usr/share/distro-info/${release.ID}.csv`));
  const found = csv instanceof DoorError ? undefined : supportFromDistroInfo(csv, release);
  return found === undefined ? undefined : { ...found, source: 'distro-info' };
}

/** One end of support, judged. */
function judgeEnd(name: string, support: Partial<Support>, acceptExtended: boolean, at: number): Judgement {
  const { supportEndsOn: standard, extendedSupportEndsOn: extended } = support;
  if (standard === undefined) return pass(`${name} is supported; no end is announced.`);
  const end = acceptExtended && extended !== undefined && extended > standard ? extended : standard;
  if (Number.isNaN(Date.parse(end))) throw new UnparsableError('The end of support is not a date.');
  return new Date(at).toISOString().slice(0, 10) > end ? fail(`${name} went out of support on ${end}.`) : pass(`${name} is supported until ${end}.`);
}

const isFresh = (row: OsCatalogRow, days: number, at: number): boolean => daysSince(row.asOf, at) <= days;

export default defineCheck({
  id: 'os.supported',
  title: 'System is supported by its maker',
  why: 'A system out of support gets no more security updates, however often it looks for them.',
  group: 'system',
  owner: 'user',
  cost: 'cheap',
  value: Type.Object({
    os: Type.String({ maxLength: 40 }),
    cycle: Type.String({ maxLength: 40, description: 'The release, as the catalogue of releases names it.' }),
    edition: Type.Optional(Type.String({ maxLength: 40 })),
    name: Type.String({ maxLength: 100 }),
    /** What the system itself knows of its support. */
    own: Type.Optional(Type.Object({ supportEndsOn: DATE, extendedSupportEndsOn: Type.Optional(DATE), source: Type.String({ maxLength: 40 }) })),
  }),
  params: Type.Object({
    acceptExtended: Type.Boolean({
      default: false,
      description: 'Also accept long-term support by others or for money (Debian LTS, Ubuntu ESM, Windows ESU). Whether a device gets it is not seen.',
    }),
    catalog: Type.Optional(OsCatalog),
  }),
  read: {
    linux: async (host) => {
      const release = await readOsRelease(host);
      const name = (release.PRETTY_NAME ?? `${release.NAME ?? release.ID} ${release.VERSION_ID ?? ''}`.trim()).slice(0, 100);
      if (isRolling(release)) return notApplicable('rolling-release', `${name} has no releases that end.`);
      const own = await fromHost(host, release);
      const [os, cycle, edition] = [
        (release.ID ?? '').slice(0, 40),
        (release.VERSION_ID ?? release.VERSION_CODENAME ?? '').slice(0, 40),
        linuxEdition(release),
      ];
      // A system that neither it nor this version of Stance can date is not known; of one that is in the catalogue a newer catalogue may know the release.
      if (own === undefined && !BUNDLED_CATALOG.rows.some((row) => row.os === os)) return unknown('no-data', `When support of ${name} ends is not known here.`);
      return known({ os, cycle, ...(edition === undefined ? {} : { edition }), name, ...(own === undefined ? {} : { own }) }, own?.source ?? 'os-release');
    },
    darwin: async (host) => {
      const { os, cycle, name, method } = await readMacosVersion(host);
      return known({ os, cycle, name }, method);
    },
    win32: {
      needs: [...WINDOWS_VERSION_NEEDS],
      from: (got) => {
        const { os, cycle, edition, name, method } = windowsVersion(got);
        return known({ os, cycle, ...(edition === undefined ? {} : { edition }), name }, method);
      },
    },
  },
  excuses: { linux: ['rolling-release'] },
  watch: {
    linux: [file('/etc/os-release'), file('/usr/share/distro-info')],
    darwin: [file('/System/Library/CoreServices/SystemVersion.plist')],
    win32: [registryKey('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion')],
  },
  judge: ({ name, own, ...release }, { acceptExtended, catalog = BUNDLED_CATALOG }, at) => {
    const rows = rowsOf(catalog, release);
    // A fresh catalogue first, then the system's own word, then a catalogue of whatever age.
    if (own !== undefined && !rows.some((row) => isFresh(row, FRESH_DAYS, at))) return judgeEnd(name, own, acceptExtended, at);
    const [first, ...others] = rows.map((row) =>
      row.supportEndsOn === undefined && !isFresh(row, UNANNOUNCED_DAYS, at)
        ? undecided(`${name} was supported on ${row.asOf}; whether it still is is not known.`)
        : judgeEnd(name, row, acceptExtended, at),
    );
    if (first !== undefined) {
      return others.every(({ verdict }) => verdict === first.verdict)
        ? first
        : undecided(`${name}: its editions are supported differently, and which one this is is not known.`);
    }
    const place = placeOf(catalog, release);
    if (place === 'newer') return pass(`${name} is newer than every release in the catalogue.`);
    if (place === 'older') return fail(`${name} is older than every release in the catalogue.`);
    return undecided(`When support of ${name} ends is not known.`);
  },
  remedy: newerRelease,
  controls: ['NIST 800-53 SI-2', 'NIST 800-53 SA-22'],
});
