/** A service on given policies, in memory, and a policy service that asks it. */
import { readPolicyFolder } from '../../src/cli/policy-files.ts';
import type { ServiceOptions } from '../../src/service/index.ts';
import { createTestService } from '../service/service.ts';
import { FIXTURE } from './serving.ts';

export const alice = { type: 'user', id: 'alice' };
export const bob = { type: 'user', id: 'bob' };
export const record = (id: string, properties?: object) => ({ type: 'record', id, ...(properties === undefined ? {} : { properties }) });

export async function createCaller(options: Partial<ServiceOptions> = {}) {
  const service = await createTestService({ policies: readPolicyFolder(FIXTURE), ...options });
  let named = 0;
  const token = async (...scopes: readonly string[]): Promise<string> =>
    `Bearer ${(await service.call('POST', '/v1/tokens', { name: `caller-${++named}`, scopes })).json().token}`;
  const authorization = await token('decide', 'assert');
  /** `as`: another token than that of the policy service, which may decide and is believed. */
  const ask = (path: string, body: unknown, as = authorization) => service.call('POST', `/access/v1/${path}`, body, { authorization: as });
  return {
    ...{ service, token, ask },
    decisions: async (body: object, as?: string): Promise<boolean[]> =>
      (await ask('evaluations', body, as)).json().evaluations.map(({ decision }: { decision: boolean }) => decision),
    /** Ids, or names of actions. */
    find: async (sought: string, body: object, as?: string): Promise<string[]> =>
      (await ask(`search/${sought}`, body, as)).json().results.map(({ id, name }: { id?: string; name?: string }) => id ?? name),
  };
}
export type Caller = Awaited<ReturnType<typeof createCaller>>;
