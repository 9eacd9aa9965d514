/** Rows of several sources, and of the catalogue before, as one catalogue. Pure. */
import { Compile } from 'typebox/compile';
import { compareVersions, OsCatalog, type OsCatalogRow, StanceError } from '../../model/index.ts';

/** Most builds that are kept of a release: what is older than all of them is late whatever its number. */
const MAX_BUILDS = 60;

const schema = Compile(OsCatalog);

/** @throws StanceError `feed-invalid` */
export function readCatalog(document: unknown): OsCatalog {
  if (schema.Check(document)) return document;
  const [error] = schema.Errors(document);
  throw new StanceError('feed-invalid', `This is no catalogue of releases: ${error?.instancePath || '/'} ${error?.message ?? ''}.`);
}

const keyOf = ({ os, cycle, edition = '' }: OsCatalogRow): string => `${os} ${cycle} ${edition}`;
const newestFirst = <T extends { readonly build: string; readonly releasedOn: string }>(builds: readonly T[]): T[] =>
  [...new Map(builds.map((item) => [item.build, item])).values()]
    .sort((a, b) => (a.releasedOn === b.releasedOn ? compareVersions(b.build, a.build) : a.releasedOn < b.releasedOn ? 1 : -1))
    .slice(0, MAX_BUILDS);
const later = (a: string | undefined, b: string | undefined): string | undefined => (a === undefined || (b !== undefined && b > a) ? b : a);

/** What two sources say of one release: the ends of the one that speaks of ends later, the builds of both. */
function merge(before: OsCatalogRow, row: OsCatalogRow): OsCatalogRow {
  const ends = row.supportEndsOn === undefined && row.builds !== undefined ? before : row;
  const builds = newestFirst([...(row.builds ?? []), ...(before.builds ?? [])]);
  const asOf = later(before.buildsAsOf, row.buildsAsOf);
  return {
    os: row.os,
    cycle: row.cycle,
    ...(row.edition === undefined ? {} : { edition: row.edition }),
    ...(ends.supportEndsOn === undefined ? {} : { supportEndsOn: ends.supportEndsOn }),
    ...(ends.extendedSupportEndsOn === undefined ? {} : { extendedSupportEndsOn: ends.extendedSupportEndsOn }),
    ...(builds.length === 0 ? {} : { builds }),
    ...(asOf === undefined ? {} : { buildsAsOf: asOf }),
    source: [...new Set([...ends.source.split('; '), ...before.source.split('; '), ...row.source.split('; ')])].join('; ').slice(0, 200),
    asOf: ends.asOf,
  };
}

/**
 * `rows`: of each source, in the order of their word on support ends: the last one counts. Builds of a cycle go to every edition of it.
 * @throws StanceError `feed-invalid` where nothing is left
 */
export function buildCatalog(base: OsCatalog | undefined, rows: readonly OsCatalogRow[], generatedAt: string): OsCatalog {
  const merged = new Map((base?.rows ?? []).map((row) => [keyOf(row), row]));
  const [withEnds, buildsOnly] = [rows.filter(({ builds }) => builds === undefined), rows.filter(({ builds }) => builds !== undefined)];
  for (const row of withEnds) {
    const before = merged.get(keyOf(row));
    merged.set(keyOf(row), before === undefined ? row : merge(before, row));
  }
  for (const row of buildsOnly) {
    const editions = [...merged.values()].filter(({ os, cycle }) => os === row.os && cycle === row.cycle);
    for (const edition of editions)
      merged.set(keyOf(edition), merge(edition, { ...row, ...(edition.edition === undefined ? {} : { edition: edition.edition }) }));
    // A release whose end nobody has told yet is supported: its maker mends it.
    if (editions.length === 0) merged.set(keyOf(row), { ...row, builds: newestFirst(row.builds ?? []) });
  }
  const sorted = [...merged.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  if (sorted.length === 0) throw new StanceError('feed-invalid', 'None of these sources says anything of a release.');
  return readCatalog({ generatedAt, rows: sorted });
}
