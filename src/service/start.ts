/** Starts the posture service: opens its store and keys, applies its policies, listens. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { StanceError } from '../model/index.ts';
import { DEFAULT_REPORT_INTERVAL_MS } from '../policy/index.ts';
import { buildApp, createServer } from './app.ts';
import type { Context } from './context.ts';
import { createDecisionLog } from './decision-log.ts';
import { createInventory } from './inventory.ts';
import { openKeys } from './keys.ts';
import { createMaintenance } from './maintenance.ts';
import { createMetrics } from './metrics.ts';
import { createNonces } from './nonces.ts';
import { type CatalogSource, fetchDaily } from './os-catalog/fetching.ts';
import { openOsCatalog } from './os-catalog/holder.ts';
import { openPolicies } from './policies.ts';
import { createRateLimiter, DEFAULT_LIMITS, type RateLimits } from './rate-limits.ts';
import { judgeAgain } from './rules.ts';
import { openStore } from './store/open.ts';
import { watchStore } from './store-watch.ts';
import { readTls, type TlsFiles, watchTls } from './tls.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface ServiceOptions {
  /** `host:port`; port 0 takes a free one. Only loopback is served without TLS. */
  readonly listen: string;
  readonly tls?: TlsFiles;
  /** Addresses of proxies that are believed about whom they speak for (`X-Forwarded-For`), separated by commas. */
  readonly trustProxy?: string;
  /** `memory:` or `sqlite:PATH`. */
  readonly store: string;
  /** In force until others are applied. */
  readonly policies: readonly { readonly name: string; readonly text: string }[];
  /** Folder of the service's keys. */
  readonly state: string;
  readonly version: string;
  /** A token with all scopes, for automation. */
  readonly adminToken?: string;
  /** The address that others use, where it differs. */
  readonly publicUrl?: string;
  readonly reportIntervalMs?: number;
  /** Sources of the catalogue of releases that are fetched once a day; left out: nobody is asked. */
  readonly catalogSources?: readonly CatalogSource[];
  readonly limits?: Partial<RateLimits>;
  /** How long evidence is kept, in days. */
  readonly retentionDays?: number;
  /** Structured log, on stderr or where it is told; a line of JSON each. */
  readonly log?: boolean | { write(line: string): void };
  /** How long a request may take to arrive, headers and body. */
  readonly requestTimeoutMs?: number;
  readonly now?: () => number;
}

export interface RunningService {
  readonly url: string;
  readonly audience: string;
  readonly app: FastifyInstance;
  /** Where the token of the first administrator was left; only where there was none yet. */
  readonly firstAdministrator?: string;
  /** Does at once what a service does by itself every few minutes. */
  maintain(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_RETENTION_DAYS = 400;
/** The largest evidence in this time is 17 KiB a second. */
const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

function parseListen(listen: string, encrypted: boolean): { host: string; port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:]+\]|[^:]+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === '' || Number(port) > 65_535) throw new StanceError('usage', `${listen} is no address to listen on. Use host:port, as in 127.0.0.1:8700.`);
  if (!encrypted && !LOOPBACK.test(host))
    throw new StanceError('insecure-url', `${host} is not loopback, so the service speaks TLS there: give --tls-cert and --tls-key, or listen on 127.0.0.1.`);
  return { host, port: Number(port) };
}

/** A service that nobody can administer makes a first administrator: a token in a file that only the service's user can read. */
function introduceAdministrator(tokens: Tokens, folder: string): string | undefined {
  if (tokens.list().some(({ scopes }) => scopes.includes('admin'))) return undefined;
  const file = path.join(folder, 'first-administrator.token');
  writeFileSync(file, `${tokens.issue('first administrator', ['admin'], null)}\n`, { mode: 0o600 });
  return file;
}

/** @throws StanceError `usage`, `insecure-url`, `tls-invalid`, `port-in-use`, `state-unwritable`, `store-unavailable`, `policy-invalid`. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { host, port } = parseListen(options.listen, options.tls !== undefined);
  const now = options.now ?? Date.now;
  const tls = options.tls === undefined ? undefined : readTls(options.tls);
  const keys = openKeys(options.state, now);
  // The log goes to stderr: stdout belongs to the command.
  const log = options.log === true ? process.stderr : options.log;
  const app = createServer({
    logger: log ? { level: 'info', stream: log } : false,
    trustProxy: options.trustProxy ?? false,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    ...(tls === undefined ? {} : { tls }),
  });
  const { store, watch: storeWatch } = watchStore(openStore(options.store), now, app.log);
  app.addHook('onClose', async () => storeWatch.stop());
  let url = options.publicUrl ?? '';
  try {
    const metrics = createMetrics();
    const inventory = createInventory(store, { committed: metrics.committed });
    metrics.countDevices(inventory, now);
    const audience = `urn:stance:service:${keys.serviceId}`;
    const osCatalog = openOsCatalog(options.state, keys, audience, () => {
      judgeAgain(store, inventory, policies.rules(), now()).catch((error) =>
        app.log.warn({ err: error }, 'not every device was judged by the new catalogue; the start does'),
      );
    });
    const limiter = createRateLimiter({ ...DEFAULT_LIMITS, ...options.limits }, now, metrics.limited);
    const reportIntervalMs = options.reportIntervalMs ?? DEFAULT_REPORT_INTERVAL_MS;
    const policies = openPolicies({ reportIntervalMs, store, inventory, osCatalog, folder: options.policies, now, log: app.log });
    metrics.showPolicies(policies.active);
    await judgeAgain(store, inventory, policies.rules(), now());
    const tokens = createTokens(store, options.adminToken, now, limiter);
    const context: Context = {
      store,
      inventory,
      nonces: createNonces(keys.nonceKeys, now),
      limiter,
      metrics,
      keys,
      decisions: createDecisionLog({ store, now, log: app.log }),
      tokens,
      rules: policies.rules,
      policies,
      storeWatch,
      audience,
      osCatalog,
      url: () => url,
      reportIntervalMs,
      version: options.version,
      now,
      log: app.log,
    };
    const firstAdministrator = options.adminToken === undefined ? introduceAdministrator(tokens, options.state) : undefined;
    const maintenance = createMaintenance(context, options.retentionDays ?? DEFAULT_RETENTION_DAYS);
    let stopFetching = (): void => {};
    app.addHook('preClose', async () => {
      stopFetching();
      await maintenance.stop();
    });
    await buildApp(app, context);
    if (options.tls !== undefined) {
      const stop = watchTls(options.tls, (material) => (app.server as unknown as TlsServer).setSecureContext(material), app.log);
      app.addHook('onClose', async () => stop());
    }
    const address = await app.listen({ host: host.replace(/^\[|\]$/g, ''), port });
    url = options.publicUrl ?? address;
    void maintenance.run();
    stopFetching = fetchDaily(options.catalogSources ?? [], osCatalog, now, app.log);
    return {
      url,
      audience: context.audience,
      app,
      maintain: maintenance.run,
      close: () => app.close(),
      ...(firstAdministrator === undefined ? {} : { firstAdministrator }),
    };
  } catch (error) {
    await app.close().catch(() => {});
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new StanceError('port-in-use', `Another program listens on ${options.listen}. End it, or choose another port with --listen ${host}:PORT.`, {
        cause: error,
      });
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new StanceError('port-in-use', `This user may not listen on ${options.listen}. Choose a port above 1023 with --listen.`, { cause: error });
    throw error;
  }
}
