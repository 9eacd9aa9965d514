/** `stance catalog build | apply | show`: what is known of releases, from files that others publish. Nothing is fetched here. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLED_CATALOG } from '../checks/index.ts';
import { type OsCatalog, type OsCatalogRow, StanceError } from '../model/index.ts';
import { buildCatalog, fromCvrf, fromDistroInfo, fromEndOfLife, fromSofa, readCatalog } from '../service/index.ts';
import { say, sayJson, table } from './output.ts';
import { call, type RemoteOptions } from './remote.ts';

interface BuildOptions {
  readonly out: string;
  readonly base?: string;
  readonly endoflife?: readonly string[];
  readonly sofa?: readonly string[];
  readonly msrc?: readonly string[];
  readonly distroInfo?: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** @throws StanceError `feed-invalid` naming the file */
function readFile(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) throw new StanceError('feed-invalid', `${file} is larger than 64 MiB.`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('feed-invalid', `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFile(file));
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('feed-invalid', `${file} is not JSON.`, { cause });
  }
}

/** The day on which a file was fetched, as far as it can be told: when it was last written. */
const dayOf = (file: string): string => statSync(file).mtime.toISOString().slice(0, 10);

/** Says which file it was that could not be used. */
function from<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof StanceError && error.code === 'feed-invalid' && !error.message.startsWith(file)) {
      throw new StanceError('feed-invalid', `${file}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function distroInfo(folder: string, asOf: string | undefined): OsCatalogRow[] {
  const files = ['debian', 'ubuntu'].map((os) => ({ os, file: path.join(folder, `${os}.csv`) })).filter(({ file }) => existsSync(file));
  if (files.length === 0)
    throw new StanceError('feed-invalid', `There is no debian.csv or ubuntu.csv in ${folder}. Debian's package distro-info-data has them.`);
  return files.flatMap(({ os, file }) => from(file, () => fromDistroInfo(readFile(file), os, asOf ?? dayOf(file))));
}

const summaryOf = ({ generatedAt, rows }: OsCatalog) => ({
  generatedAt,
  rows: rows.length,
  systems: Object.fromEntries([...Map.groupBy(rows, ({ os }) => os)].map(([os, of]) => [os, of.length])),
});

export async function buildFromFiles({ out, base, endoflife = [], sofa = [], msrc = [], distroInfo: folder, asOf, json }: BuildOptions): Promise<number> {
  if (asOf !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(asOf)) throw new StanceError('usage', '--as-of is a day: YYYY-MM-DD.');
  const given = base === undefined ? BUNDLED_CATALOG : from(base, () => readCatalog(readJson(base)));
  const rows = [
    ...endoflife.flatMap((file) => from(file, () => fromEndOfLife(readJson(file), asOf ?? dayOf(file)))),
    // The distribution's own word on its ends goes over everybody else's.
    ...(folder === undefined ? [] : distroInfo(folder, asOf)),
    ...sofa.flatMap((file) => from(file, () => fromSofa(readJson(file), asOf ?? dayOf(file)))),
    ...msrc.flatMap((file) => from(file, () => fromCvrf(readJson(file)))),
  ];
  if (rows.length === 0) throw new StanceError('usage', 'From what? Give --endoflife, --sofa, --msrc or --distro-info.');
  const catalog = buildCatalog(given, rows, new Date().toISOString());
  writeFileSync(out, `${JSON.stringify(catalog, null, 1)}\n`);
  if (json) sayJson({ file: path.resolve(out), ...summaryOf(catalog) });
  else say(`${catalog.rows.length} releases in ${out}. Put it into force with: stance catalog apply ${out}`);
  return 0;
}

export async function applyFile(file: string, options: RemoteOptions): Promise<number> {
  const catalog = from(file, () => readCatalog(readJson(file)));
  const applied = (await call(options, 'PUT', '/v1/os-catalog', catalog)) as {
    generatedAt: string;
    rows: number;
    version: string;
  };
  if (options.json) sayJson(applied);
  else say(`In force: ${applied.rows} releases, made at ${applied.generatedAt}. Devices get it with their next report.`);
  return 0;
}

export async function showFile(file: string | undefined, options: { os?: string; json?: boolean }): Promise<number> {
  const catalog = file === undefined ? BUNDLED_CATALOG : readCatalog(readJson(file));
  const rows = catalog.rows.filter(({ os }) => options.os === undefined || os === options.os);
  if (options.json) sayJson({ ...catalog, rows });
  else {
    const cells = rows.map((row) => [
      ...[
        row.os,
        row.cycle,
        row.edition ?? '',
        row.supportEndsOn ?? 'not announced',
        row.extendedSupportEndsOn ?? '',
        row.builds?.[0]?.build ?? '',
        row.asOf,
        row.source,
      ],
    ]);
    say(table([['system', 'release', 'edition', 'support ends', 'extended', 'newest build', 'as of', 'source'], ...cells]));
    say(`\nMade at ${catalog.generatedAt}${file === undefined ? ', with this version of Stance' : ''}.`);
  }
  return 0;
}
