/**
 * What others publish of releases and builds, as rows of the catalogue. Pure; each takes a parsed document of one source, and rows that
 * it does not understand are left out rather than guessed. Shapes: endoflife.date API v1, SOFA v1, MSRC CVRF v3, distro-info CSV.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type OsCatalogRow, StanceError } from '../../model/index.ts';

const DAY = /^\d{4}-\d{2}-\d{2}/;
const dayOf = (text: unknown): string | undefined =>
  typeof text === 'string' && DAY.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10))) ? text.slice(0, 10) : undefined;

function checked<S extends TSchema>(schema: S, what: string): (document: unknown) => Static<S> {
  const validator = Compile(schema);
  return (document) => {
    if (validator.Check(document)) return document as Static<S>;
    const [error] = validator.Errors(document);
    throw new StanceError('feed-invalid', `This is not ${what}: ${error?.instancePath || '/'} ${error?.message ?? 'is not of the expected form'}.`);
  };
}

/** Products of endoflife.date, and the ID of os-release(5) that they are. */
const PRODUCTS: Readonly<Record<string, string>> = {
  ...{ macos: 'macos', windows: 'windows', 'windows-server': 'windows', ubuntu: 'ubuntu', debian: 'debian', fedora: 'fedora', rhel: 'rhel', centos: 'centos' },
  ...{
    'centos-stream': 'centos',
    almalinux: 'almalinux',
    'rocky-linux': 'rocky',
    opensuse: 'opensuse-leap',
    'oracle-linux': 'ol',
    'amazon-linux': 'amzn',
    'alpine-linux': 'alpine',
  },
};
/** Endings of the names of Windows releases, and the editions that they are about. */
const EDITIONS: readonly (readonly [ending: RegExp, edition: string])[] = [
  [/-iot-lts[bc]?$|-iot$/, 'iot-ltsc'],
  [/-(?:e-)?lts[bc]?$/, 'ltsc'],
  [/-w$/, 'home-pro'],
  [/-e$/, 'enterprise'],
];

const Maybe = Type.Optional(Type.Union([Type.String(), Type.Boolean(), Type.Null()]));
const endOfLife = checked(
  Type.Object({
    last_modified: Type.Optional(Type.String()),
    generated_at: Type.Optional(Type.String()),
    result: Type.Object({
      name: Type.String(),
      releases: Type.Array(
        Type.Object({
          name: Type.String({ maxLength: 60 }),
          eolFrom: Maybe,
          eoesFrom: Maybe,
          latest: Type.Optional(Type.Union([Type.Object({ name: Type.String() }), Type.Null()])),
        }),
        { maxItems: 1000 },
      ),
    }),
  }),
  'a product of endoflife.date (API v1)',
);

/** Support ends. `asOf`: the day on which it was fetched, where the document names none. @throws StanceError `feed-invalid` */
export function fromEndOfLife(document: unknown, asOf: string): OsCatalogRow[] {
  const { result, generated_at, last_modified } = endOfLife(document);
  const os = PRODUCTS[result.name];
  if (os === undefined)
    throw new StanceError('feed-invalid', `endoflife.date's product "${result.name}" is none that Stance knows: ${Object.keys(PRODUCTS).join(', ')}.`);
  const source = { source: `endoflife.date ${result.name}`, asOf: dayOf(generated_at) ?? dayOf(last_modified) ?? asOf };
  return result.releases.flatMap(({ name, eolFrom, eoesFrom, latest }): OsCatalogRow[] => {
    const [end, extended] = [dayOf(eolFrom), dayOf(eoesFrom)];
    const ends = { ...(end === undefined ? {} : { supportEndsOn: end }), ...(extended === undefined ? {} : { extendedSupportEndsOn: extended }) };
    if (os !== 'windows') return /^\d[\w.]*$/.test(name) ? [{ os, cycle: name, ...ends, ...source }] : [];
    // "11-24h2-w": what a device says of itself is the build, which only `latest` has.
    const cycle = /^(?:10\.0\.)?(\d{5})(?:\.\d+)?$/.exec(latest?.name ?? '')?.[1] ?? /^6\.[1-3]\.(\d{4})$/.exec(latest?.name ?? '')?.[1];
    if (cycle === undefined) return [];
    const edition = result.name === 'windows-server' ? 'server' : EDITIONS.find(([ending]) => ending.test(name))?.[1];
    return [{ os, cycle, ...(edition === undefined ? {} : { edition }), ...ends, ...source }];
  });
}

const Release = Type.Object({ ProductVersion: Type.String({ maxLength: 30 }), ReleaseDate: Type.String({ maxLength: 40 }) });
const sofa = checked(
  Type.Object({
    OSVersions: Type.Array(
      Type.Object({
        OSVersion: Type.String({ maxLength: 60 }),
        Latest: Type.Optional(Release),
        SecurityReleases: Type.Optional(Type.Array(Release, { maxItems: 1000 })),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  }),
  "SOFA's macOS feed",
);

/** Builds of macOS. @throws StanceError `feed-invalid` */
export function fromSofa(document: unknown, asOf: string): OsCatalogRow[] {
  return sofa(document).OSVersions.flatMap(({ OSVersion, Latest, SecurityReleases = [] }): OsCatalogRow[] => {
    const cycle = /(\d+)$/.exec(OSVersion)?.[1];
    const releases = new Map(
      [...SecurityReleases, ...(Latest === undefined ? [] : [Latest])].map(({ ProductVersion, ReleaseDate }) => [ProductVersion, dayOf(ReleaseDate)]),
    );
    const builds = [...releases].flatMap(([build, releasedOn]) =>
      releasedOn === undefined || !/^\d+(\.\d+)*( \([a-z]\))?$/.test(build) ? [] : [{ build, releasedOn }],
    );
    return cycle === undefined || builds.length === 0 ? [] : [{ os: 'macos', cycle, builds, buildsAsOf: asOf, source: 'SOFA (macadmins)', asOf }];
  });
}

const cvrf = checked(
  Type.Object({
    DocumentTracking: Type.Object({ InitialReleaseDate: Type.String({ maxLength: 40 }), CurrentReleaseDate: Type.Optional(Type.String({ maxLength: 40 })) }),
    Vulnerability: Type.Array(
      Type.Object({
        Remediations: Type.Optional(
          Type.Array(Type.Object({ SubType: Type.Optional(Type.String()), FixedBuild: Type.Optional(Type.Union([Type.String(), Type.Null()])) })),
        ),
      }),
      { maxItems: 10_000 },
    ),
  }),
  'a month of Microsoft (MSRC CVRF v3)',
);

/** Builds of Windows that a month's security updates bring: the highest revision of each build. @throws StanceError `feed-invalid` */
export function fromCvrf(document: unknown): OsCatalogRow[] {
  const { DocumentTracking, Vulnerability } = cvrf(document);
  const releasedOn = dayOf(DocumentTracking.InitialReleaseDate);
  if (releasedOn === undefined) throw new StanceError('feed-invalid', 'The month of Microsoft names no day on which it came out.');
  const newest = new Map<string, number>();
  for (const { Remediations = [] } of Vulnerability) {
    for (const { FixedBuild, SubType } of Remediations) {
      const [, cycle, revision] = /^10\.0\.(\d{5})\.(\d{1,6})$/.exec(FixedBuild ?? '') ?? [];
      if (cycle === undefined || (SubType !== undefined && SubType !== 'Security Update')) continue;
      newest.set(cycle, Math.max(newest.get(cycle) ?? 0, Number(revision)));
    }
  }
  return [...newest].map(([cycle, revision]) => ({
    ...{ os: 'windows', cycle, builds: [{ build: `${cycle}.${revision}`, releasedOn }], buildsAsOf: dayOf(DocumentTracking.CurrentReleaseDate) ?? releasedOn },
    ...{ source: 'MSRC CVRF', asOf: releasedOn },
  }));
}

const COLUMNS: Readonly<Record<string, { readonly end: string; readonly extended: string }>> = {
  debian: { end: 'eol', extended: 'eol-lts' },
  ubuntu: { end: 'eol', extended: 'eol-esm' },
};

/** Support ends of Debian and Ubuntu (`/usr/share/distro-info/ID.csv`). @throws StanceError `feed-invalid` */
export function fromDistroInfo(csv: string, os: string, asOf: string): OsCatalogRow[] {
  const columns = COLUMNS[os];
  const [head = '', ...lines] = csv.split('\n');
  const names = head.trim().split(',');
  if (columns === undefined || !names.includes('version') || !names.includes(columns.end))
    throw new StanceError('feed-invalid', `This is not distro-info's ${os}.csv: its first line names no "version" and "${columns?.end ?? 'eol'}".`);
  return lines.flatMap((line): OsCatalogRow[] => {
    const cells = line.trim().split(',');
    const cell = (name: string): string => cells[names.indexOf(name)] ?? '';
    const cycle = cell('version').replace(/ LTS$/, '');
    const [end, extended] = [dayOf(cell(columns.end)), dayOf(cell(columns.extended))];
    if (!/^\d+(\.\d+)?$/.test(cycle) || end === undefined) return [];
    return [{ os, cycle, supportEndsOn: end, ...(extended === undefined ? {} : { extendedSupportEndsOn: extended }), source: 'distro-info-data', asOf }];
  });
}
