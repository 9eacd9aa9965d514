/** `stance serve`: the posture service, until it is told to stop. */
import process from 'node:process';
import { StanceError } from '../model/index.ts';
import { parseSource, startService } from '../service/index.ts';
import { say, warn } from './output.ts';
import { DEFAULT_POLICIES, readPolicyFolder } from './policy-files.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

interface ServeOptions {
  readonly listen: string;
  readonly store: string;
  readonly policies?: string;
  readonly state: string;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly trustProxy?: string;
  readonly retentionDays?: string;
  readonly catalogSource?: readonly string[];
}

export async function serve(options: ServeOptions): Promise<number> {
  const adminToken = process.env.STANCE_ADMIN_TOKEN;
  const { tlsCert, tlsKey, trustProxy } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new StanceError('usage', 'A certificate and its key belong together: --tls-cert and --tls-key.');
  const retentionDays = options.retentionDays === undefined ? undefined : Number(options.retentionDays);
  if (retentionDays !== undefined && !(Number.isInteger(retentionDays) && retentionDays >= 8))
    throw new StanceError('usage', '--retention-days is a whole number, 8 at the least.');
  const service = await startService({
    listen: options.listen,
    store: options.store,
    state: options.state,
    policies: readPolicyFolder(options.policies ?? DEFAULT_POLICIES),
    version: VERSION,
    catalogSources: (options.catalogSource ?? []).map(parseSource),
    log: true,
    ...(adminToken === undefined || adminToken === '' ? {} : { adminToken }),
    ...(tlsCert === undefined || tlsKey === undefined ? {} : { tls: { certificate: tlsCert, key: tlsKey } }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
    ...(retentionDays === undefined ? {} : { retentionDays }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
  });
  say(`Posture service on ${service.url}`);
  if (service.firstAdministrator !== undefined)
    warn(`The token of the first administrator is in ${service.firstAdministrator}: use it as STANCE_ADMIN_TOKEN, then remove the file.`);
  await untilStopped();
  await service.close();
  return 0;
}
