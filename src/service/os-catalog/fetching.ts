/**
 * Fetching the sources of the catalogue, once a day, where the operator has named them. Off by default: a service asks nobody. A source
 * that fails leaves the others their word, and what was known before stays.
 */
import type { FastifyBaseLogger } from 'fastify';
import { type OsCatalogRow, StanceError } from '../../model/index.ts';
import { buildCatalog } from './build.ts';
import { fromCvrf, fromEndOfLife, fromSofa } from './feeds.ts';
import type { OsCatalogHolder } from './holder.ts';

const EVERY_MS = 24 * 60 * 60 * 1000;
const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

export const FEEDS = { endoflife: fromEndOfLife, sofa: fromSofa, msrc: fromCvrf } as const satisfies Readonly<
  Record<string, (document: unknown, asOf: string) => OsCatalogRow[]>
>;

export interface CatalogSource {
  readonly feed: keyof typeof FEEDS;
  readonly url: URL;
}

/** `endoflife=https://endoflife.date/api/v1/products/ubuntu/` @throws StanceError `usage` */
export function parseSource(text: string): CatalogSource {
  const [, feed = '', address = ''] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (!Object.hasOwn(FEEDS, feed) || !URL.canParse(address))
    throw new StanceError('usage', `"${text}" is no source: FEED=URL, with FEED one of ${Object.keys(FEEDS).join(', ')}.`);
  const url = new URL(address);
  const loopback = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw new StanceError('insecure-url', `${address}: sources are fetched over https only.`);
  return { feed: feed as keyof typeof FEEDS, url };
}

async function fetchJson(url: URL): Promise<unknown> {
  const answer = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok || answer.body === null) throw new StanceError('feed-invalid', `${url.host} answered ${answer.status}.`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new StanceError('feed-invalid', `${url.host} sends more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** Fetches all sources once, and puts what they say into force. */
export async function fetchOnce(sources: readonly CatalogSource[], holder: OsCatalogHolder, now: number, log: FastifyBaseLogger): Promise<void> {
  const asOf = new Date(now).toISOString().slice(0, 10);
  const rows: OsCatalogRow[] = [];
  for (const { feed, url } of sources) {
    try {
      rows.push(...FEEDS[feed](await fetchJson(url), asOf));
    } catch (error) {
      log.warn({ err: error, feed, host: url.host }, 'a source of the catalogue of releases could not be used');
    }
  }
  if (rows.length === 0) return;
  holder.activate(buildCatalog(holder.catalog, rows, new Date(now).toISOString()));
  log.info({ rows: holder.catalog.rows.length }, 'a new catalogue of releases is in force');
}

/** Now and every day, until the function that is given back is called. */
export function fetchDaily(sources: readonly CatalogSource[], holder: OsCatalogHolder, now: () => number, log: FastifyBaseLogger): () => void {
  if (sources.length === 0) return () => {};
  const turn = (): void =>
    void fetchOnce(sources, holder, now(), log).catch((error) => log.warn({ err: error }, 'the catalogue of releases could not be renewed'));
  turn();
  const timer = setInterval(turn, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
