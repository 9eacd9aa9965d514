/**
 * What is known of the releases of operating systems: when their support ends, and which builds came out when.
 * A catalogue is data, built elsewhere and handed to the judges; nothing here looks anything up outside of it.
 */
import { type Static, Type } from 'typebox';

const DAY_MS = 86_400_000;
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' });
const closed = { additionalProperties: false };

const OsCatalogRow = Type.Object(
  {
    os: Type.String({ maxLength: 40, description: '`windows`, `macos`, or the ID of os-release(5).' }),
    cycle: Type.String({
      maxLength: 40,
      description: 'Windows: the build number (`26200`). macOS: the major version. Linux: VERSION_ID or the parts of it that count.',
    }),
    edition: Type.Optional(
      Type.String({ maxLength: 40, description: 'Windows: `home-pro`, `enterprise`, `ltsc`, `iot-ltsc`, `server`. Left out: all editions of the cycle.' }),
    ),
    supportEndsOn: Type.Optional(Type.Intersect([Day], { description: "Last day of the maker's free support. Left out: supported, and no end is announced." })),
    extendedSupportEndsOn: Type.Optional(Type.Intersect([Day], { description: 'Last day of support by others or for money.' })),
    builds: Type.Optional(
      Type.Array(Type.Object({ build: Type.String({ maxLength: 40 }), releasedOn: Day }, closed), {
        maxItems: 100,
        description: 'What came out when, newest first. Windows: `26200.9711`. macOS: versions (`26.7.2`). Gaps only make a device look less late.',
      }),
    ),
    buildsAsOf: Type.Optional(Type.Intersect([Day], { description: 'The day up to which `builds` is complete. Left out: `asOf`.' })),
    source: Type.String({ maxLength: 200, description: 'Who says so.' }),
    asOf: Type.Intersect([Day], { description: 'The day on which the source said so.' }),
  },
  closed,
);
export type OsCatalogRow = Static<typeof OsCatalogRow>;

export const OsCatalog = Type.Object(
  { generatedAt: Type.String({ maxLength: 30, description: 'ISO 8601.' }), rows: Type.Array(OsCatalogRow, { maxItems: 5_000 }) },
  { ...closed, description: 'Releases of operating systems. Left out: the ones that were known when Stance was built.' },
);
export type OsCatalog = Static<typeof OsCatalog>;

/** JOSE `typ` of a catalogue that a service signed. */
export const OS_CATALOG_TYPE = 'stance-os-catalog+jwt';
export const OsCatalogClaims = Type.Object({
  /** The audience of the service that signs. */
  iss: Type.String({ maxLength: 300 }),
  /** SHA-256 of the canonical catalogue, base64url. */
  version: Type.String({ maxLength: 64 }),
  catalog: OsCatalog,
});
export type OsCatalogClaims = Static<typeof OsCatalogClaims>;

/** The release that a device runs. An edition that is not known leaves all of the cycle's in question. */
export interface OsRelease {
  readonly os: string;
  readonly cycle: string;
  readonly edition?: string | undefined;
}

/** Below 0 where `a` is older. Numbers as numbers, `26.3.1 (a)` after `26.3.1`, `26` the same as `26.0`. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string): string[] => text.toLowerCase().match(/\d+|[a-z]+/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x = '0', y = '0'] = [left[index], right[index]];
    const difference = Number(/^\d/.test(x)) === Number(/^\d/.test(y)) && /^\d/.test(x) ? Number(x) - Number(y) : 0;
    if (difference !== 0) return difference;
    // A letter comes after everything that has none.
    if (x !== y && !(/^\d/.test(x) && /^\d/.test(y))) return /^\d/.test(x) ? -1 : /^\d/.test(y) ? 1 : x < y ? -1 : 1;
  }
  return 0;
}

/** Whole days from the start of a day to a moment. */
export const daysSince = (day: string, at: number): number => Math.floor((at - Date.parse(day)) / DAY_MS);

const rowsByOs = new WeakMap<OsCatalog, ReadonlyMap<string, readonly OsCatalogRow[]>>();

/** The rows of one system; sorted once for each catalogue. */
function rowsOfOs(catalog: OsCatalog, os: string): readonly OsCatalogRow[] {
  const sorted = rowsByOs.get(catalog) ?? Map.groupBy(catalog.rows, (row) => row.os);
  rowsByOs.set(catalog, sorted);
  return sorted.get(os) ?? [];
}

/** The rows that a release may be: of its cycle (`9.4` is of `9` where there is no row of its own), and of its edition where that is known. */
export function rowsOf(catalog: OsCatalog, { os, cycle, edition }: OsRelease): OsCatalogRow[] {
  const mine = rowsOfOs(catalog, os);
  for (let key = cycle; key !== ''; key = key.includes('.') ? key.slice(0, key.lastIndexOf('.')) : '') {
    const rows = mine.filter((row) => row.cycle === key);
    if (rows.length > 0) return rows.filter((row) => edition === undefined || row.edition === undefined || row.edition === edition);
  }
  return [];
}

/** A cycle that is newer than all that the catalogue knows of the system, or older than all; `undefined` for one in between, or a system that it does not know. */
export function placeOf(catalog: OsCatalog, { os, cycle }: OsRelease): 'newer' | 'older' | undefined {
  const cycles = rowsOfOs(catalog, os).map((row) => row.cycle);
  if (cycles.length === 0 || !/^\d/.test(cycle)) return undefined;
  if (cycles.every((known) => compareVersions(cycle, known) > 0)) return 'newer';
  return cycles.every((known) => compareVersions(cycle, known) < 0) ? 'older' : undefined;
}

/** How late a device is, by one row. */
export type Lateness =
  | { readonly late: false }
  /** Since the first release that it lacks came out; `exact`: nothing older can be lacking. */
  | { readonly late: true; readonly since: string; readonly newest: string; readonly exact: boolean };

/** What a build lacks, by the row's builds; `undefined` where the row has none. A build that is newer than all of them lacks nothing. */
export function latenessOf({ builds = [] }: OsCatalogRow, build: string): Lateness | undefined {
  const [newest] = builds;
  if (newest === undefined) return undefined;
  const own = builds.find((known) => compareVersions(known.build, build) === 0);
  // Two lines of builds may come out side by side (hotpatches): one that is listed lacks what came out after it, whatever the number.
  const lacking = builds.filter((known) => (own === undefined ? compareVersions(known.build, build) > 0 : known.releasedOn > own.releasedOn));
  const first = lacking.at(-1);
  if (first === undefined) return { late: false };
  return { late: true, since: first.releasedOn, newest: newest.build, exact: lacking.length < builds.length };
}
