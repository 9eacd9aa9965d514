/** What the routes share: made once at the start, handed to each. */
import type { FastifyBaseLogger } from 'fastify';
import type { DecisionLog } from './decision-log.ts';
import type { Inventory } from './inventory.ts';
import type { KeyRing } from './keys.ts';
import type { Metrics } from './metrics.ts';
import type { Nonces } from './nonces.ts';
import type { OsCatalogHolder } from './os-catalog/holder.ts';
import type { Policies } from './policies.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { Rules } from './rules.ts';
import type { Store } from './store/store.ts';
import type { StoreWatch } from './store-watch.ts';
import type { Tokens } from './tokens.ts';

export interface Context {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly nonces: Nonces;
  readonly tokens: Tokens;
  readonly limiter: RateLimiter;
  readonly metrics: Metrics;
  /** The policies in force; asked each time, because others may be put in force while the service runs. */
  readonly rules: () => Rules;
  readonly policies: Policies;
  readonly storeWatch: StoreWatch;
  readonly keys: KeyRing;
  readonly osCatalog: OsCatalogHolder;
  readonly decisions: DecisionLog;
  /** `aud` of what devices sign for this service. */
  readonly audience: string;
  /** `iss` of what the service signs, and where it is reached. */
  readonly url: () => string;
  readonly reportIntervalMs: number;
  readonly version: string;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly log: FastifyBaseLogger;
}

let last = { ms: Number.NaN, text: '' };
/** ISO 8601, UTC. Many are of one moment. */
export function instant(ms: number): string {
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}
