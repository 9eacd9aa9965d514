/** `stance serve`: the posture service, until it is told to stop. */
import process from 'node:process';
import { startService } from '../service/index.ts';
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
}

export async function serve(options: ServeOptions): Promise<number> {
  const adminToken = process.env.STANCE_ADMIN_TOKEN;
  const service = await startService({
    listen: options.listen,
    store: options.store,
    state: options.state,
    policies: readPolicyFolder(options.policies ?? DEFAULT_POLICIES),
    version: VERSION,
    log: true,
    ...(adminToken === undefined || adminToken === '' ? {} : { adminToken }),
    ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
  });
  say(`Posture service on ${service.url}`);
  if (adminToken === undefined || adminToken === '')
    warn('No administrator token is set: start with STANCE_ADMIN_TOKEN=… to make enrollment and access tokens.');
  await untilStopped();
  await service.close();
  return 0;
}
