/** Starts the posture service: opens its store and keys, applies its policies, listens. */
import type { FastifyInstance } from 'fastify';
import { thumbprint } from '../attest/index.ts';
import { sha256, signerOf } from '../attest/node.ts';
import { CATALOGUE } from '../checks/index.ts';
import { StanceError } from '../model/index.ts';
import { appraise, baselineFor, compileEngine, loadPolicies, type PolicySet } from '../policy/index.ts';
import { buildApp, createServer } from './app.ts';
import type { Context } from './context.ts';
import { createInventory, factsOf, type Inventory } from './inventory.ts';
import { loadKeys } from './keys.ts';
import { createNonces } from './nonces.ts';
import { openStore } from './store/open.ts';
import type { Store } from './store/store.ts';
import { createTokens } from './tokens.ts';

export interface ServiceOptions {
  /** `host:port`; port 0 takes a free one. Only loopback is served without TLS. */
  readonly listen: string;
  /** `memory:` or `sqlite:PATH`. */
  readonly store: string;
  readonly policies: readonly { readonly name: string; readonly text: string }[];
  /** Folder of the service's keys. */
  readonly state: string;
  readonly version: string;
  /** A token with all scopes, for automation. */
  readonly adminToken?: string;
  /** The address that others use, where it differs. */
  readonly publicUrl?: string;
  readonly reportIntervalMs?: number;
  /** Structured log on stderr. */
  readonly log?: boolean;
  readonly now?: () => number;
}

export interface RunningService {
  readonly url: string;
  readonly audience: string;
  readonly app: FastifyInstance;
  close(): Promise<void>;
}

const DEFAULT_REPORT_INTERVAL_MS = 5 * 60 * 1000;
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

function parseListen(listen: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:]+\]|[^:]+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === '' || Number(port) > 65_535) throw new StanceError('usage', `${listen} is no address to listen on. Use host:port, as in 127.0.0.1:8700.`);
  if (!LOOPBACK.test(host))
    throw new StanceError(
      'insecure-url',
      `${host} is not loopback, and this service speaks no TLS yet: put a TLS proxy in front of it on this machine, and listen on 127.0.0.1.`,
    );
  return { host, port: Number(port) };
}

/** Devices that were appraised under other policies are appraised anew, so that decisions stand on the ones in force. */
function reappraise(store: Store, inventory: Inventory, policies: PolicySet, now: number): void {
  for (const { id, factsVersion } of store.devices()) {
    const device = inventory.get(id);
    if (device === undefined || device.facts === null || factsVersion === policies.version) continue;
    const readings = store.readings(id);
    const appraisal = appraise(readings, { baseline: baselineFor(policies, device.platform), platform: device.platform, catalogue: CATALOGUE, at: now });
    device.facts = factsOf(device, appraisal, readings, device.facts.observedAt);
  }
}

/** @throws StanceError `usage`, `insecure-url`, `port-in-use`, `state-unwritable`, `store-unavailable`, `policy-invalid`. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { host, port } = parseListen(options.listen);
  const now = options.now ?? Date.now;
  const policies = loadPolicies(options.policies);
  const keys = loadKeys(options.state);
  const store = openStore(options.store);
  // The log goes to stderr: stdout belongs to the command.
  const app = createServer(options.log ? { level: 'info', stream: process.stderr } : false);
  let url = options.publicUrl ?? '';
  try {
    const inventory = createInventory(store);
    reappraise(store, inventory, policies, now());
    const signer = signerOf(keys.signingKey);
    const reportIntervalMs = options.reportIntervalMs ?? DEFAULT_REPORT_INTERVAL_MS;
    const context: Context = {
      store,
      inventory,
      nonces: createNonces(keys.nonceKeys, now),
      tokens: createTokens(store, options.adminToken, now),
      policies,
      engine: compileEngine({ policies: policies.accessPolicies, version: policies.version, directory: policies.directory, reportIntervalMs }),
      signer,
      kid: thumbprint(signer.publicJwk, sha256),
      audience: `urn:stance:service:${keys.serviceId}`,
      url: () => url,
      reportIntervalMs,
      version: options.version,
      now,
      log: app.log,
    };
    await buildApp(app, context);
    const address = await app.listen({ host: host.replace(/^\[|\]$/g, ''), port });
    url = options.publicUrl ?? address;
    return { url, audience: context.audience, app, close: () => app.close() };
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
