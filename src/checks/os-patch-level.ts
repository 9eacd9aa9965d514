/** How far the system is behind its newest build. The reading says which build this is; the catalogue says what came out since. */
import { Type } from 'typebox';
import {
  cim,
  DoorError,
  daysSince,
  defineCheck,
  fail,
  file,
  type Got,
  type Judgement,
  known,
  latenessOf,
  OsCatalog,
  type OsCatalogRow,
  pass,
  placeOf,
  registryKey,
  rowsOf,
  undecided,
  unknown,
} from '../model/index.ts';
import { installUpdates } from './remedies/updates.ts';
import { readMacosVersion } from './sources/macos-version.ts';
import { BUNDLED_CATALOG } from './sources/os-catalog.ts';
import { WINDOWS_VERSION_NEEDS, windowsVersion } from './sources/windows-version.ts';

const QUICK_FIXES = cim('root/cimv2', 'Win32_QuickFixEngineering');
/** A supported Windows gets updates every month. */
const WINDOWS_CADENCE_DAYS = 31;

/**
 * A day that WMI prints in one of several ways (`11/13/2024`, `13.11.2024`, ISO 8601): the latest that it can mean and that is not to come.
 * @returns undefined for what is no day.
 */
export function parseInstalledOn(text: unknown, now: number): string | undefined {
  if (typeof text !== 'string') return undefined;
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:T|$)/.exec(text);
  const [, first = '', second = '', year = ''] = /^(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: |$)/.exec(text) ?? [];
  const spellings =
    iso !== null
      ? [[iso[1], iso[2], iso[3]]]
      : year === ''
        ? []
        : [
            [year, first, second],
            [year, second, first],
          ];
  return spellings
    .map((parts) => parts.map((part = '') => part.padStart(2, '0')).join('-'))
    .filter((day) => {
      const at = Date.parse(day);
      return at <= now && new Date(at).toISOString().slice(0, 10) === day;
    })
    .sort()
    .at(-1);
}

/** The day of the newest update that Windows lists; it lists the last cumulative one and little else. */
function newestUpdate(got: Got, now: number): string | undefined {
  try {
    const days = got(QUICK_FIXES).map((row) => parseInstalledOn(row.InstalledOn, now));
    return days
      .filter((day) => day !== undefined)
      .sort()
      .at(-1);
  } catch (error) {
    if (error instanceof DoorError) return undefined;
    throw error;
  }
}

function judgeRow(row: OsCatalogRow, what: string, build: string, limits: { maxDays: number; maxCatalogDays: number }, at: number): Judgement | undefined {
  const lateness = latenessOf(row, build);
  if (lateness === undefined) return undefined;
  const asOf = row.buildsAsOf ?? row.asOf;
  // Nothing more comes out for a release that had ended by then.
  const final = row.supportEndsOn !== undefined && row.supportEndsOn < asOf;
  if (!final && daysSince(asOf, at) > limits.maxCatalogDays) {
    return undecided(`What is known of builds is of ${asOf}, too old to tell whether ${what} is up to date.`);
  }
  if (!lateness.late) return pass(`${what} is up to date.`);
  const days = daysSince(lateness.since, at);
  const newest = `${lateness.newest} is the newest`;
  if (days > limits.maxDays) return fail(`${what} is behind since ${lateness.since}; ${newest}.`);
  if (!lateness.exact) return undecided(`${what} is behind, and since when is not known; ${newest}.`);
  return pass(`${what} is behind since ${lateness.since}; ${limits.maxDays} days are allowed. ${newest}.`);
}

export default defineCheck({
  id: 'os.patch_level',
  title: 'System is up to date',
  why: 'What a system update mends is known to everybody from the day on which it comes out.',
  group: 'system',
  owner: 'user',
  cost: 'cheap',
  value: Type.Object({
    os: Type.String({ maxLength: 40 }),
    cycle: Type.String({ maxLength: 40, description: 'The release, as the catalogue of releases names it.' }),
    edition: Type.Optional(Type.String({ maxLength: 40 })),
    name: Type.String({ maxLength: 100 }),
    build: Type.String({ maxLength: 40, description: 'Windows: build and revision. macOS: the version, with the letter of a rapid response.' }),
    newestUpdateOn: Type.Optional(Type.String({ maxLength: 10, description: 'Day of the newest update that the system lists.' })),
  }),
  params: Type.Object({
    maxDays: Type.Number({ default: 30, minimum: 0, description: 'Days that a device may lack what has come out.' }),
    maxCatalogDays: Type.Number({ default: 45, minimum: 1, description: 'Days after which the catalogue of releases is too old to tell.' }),
    catalog: Type.Optional(OsCatalog),
  }),
  read: {
    darwin: async (host) => {
      const { os, cycle, version, name, method } = await readMacosVersion(host);
      return known({ os, cycle, name, build: version }, method);
    },
    win32: {
      needs: [...WINDOWS_VERSION_NEEDS, QUICK_FIXES],
      from: (got, host) => {
        const { os, cycle, edition, name, build, method } = windowsVersion(got);
        const newestUpdateOn = newestUpdate(got, host.now());
        if (build === undefined) return unknown('no-data', `${name} does not say its revision.`);
        return known(
          { os, cycle, ...(edition === undefined ? {} : { edition }), name, build, ...(newestUpdateOn === undefined ? {} : { newestUpdateOn }) },
          method,
        );
      },
    },
  },
  watch: {
    darwin: [file('/System/Library/CoreServices/SystemVersion.plist')],
    win32: [registryKey('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion')],
  },
  judge: ({ name, build, newestUpdateOn, ...release }, { catalog = BUNDLED_CATALOG, ...limits }, at) => {
    const what = release.os === 'windows' ? `${name}, build ${build},` : name;
    const judged = rowsOf(catalog, release).map((row) => judgeRow(row, what, build, limits, at));
    const [first] = judged;
    if (first !== undefined && first.verdict !== 'unknown' && judged.every((other) => other?.verdict === first.verdict)) return first;
    // Whatever came out: a Windows that has installed nothing for longer than a month and the days allowed lacks something.
    if (newestUpdateOn !== undefined && daysSince(newestUpdateOn, at) > limits.maxDays + WINDOWS_CADENCE_DAYS) {
      return fail(`${name} installed its newest update on ${newestUpdateOn}; there are some every month.`);
    }
    if (first === undefined && placeOf(catalog, release) === 'newer') return pass(`${name} is newer than every release in the catalogue.`);
    return first !== undefined && judged.length === 1 ? first : undecided(`What came out for ${name} is not known.`);
  },
  remedy: installUpdates,
  controls: ['NIST 800-53 SI-2'],
});
