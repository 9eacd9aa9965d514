/** Policies and devices for tests, in few words. */
import type { DeviceState, EvaluationRequest } from '../../src/model/index.ts';
import { compileEngine, type DeviceFacts, loadPolicies } from '../../src/policy/index.ts';

export const AT = Date.parse('2026-11-24T08:00:00Z');

export const policyFile = (id: string, body: object): { name: string; text: string } => ({
  name: `${id}.yaml`,
  text: JSON.stringify({ kind: 'access-policy', id, state: 'enforced', when: {}, grant: { require: [] }, ...body }),
});
export const directory = {
  name: 'directory.yaml',
  text: JSON.stringify({
    kind: 'directory',
    users: [
      { id: 'ann', groups: ['admins'] },
      { id: 'bob', groups: ['staff'] },
    ],
  }),
};

export const laptop = (change: Partial<DeviceFacts> = {}): DeviceFacts => ({
  id: 'd1',
  platform: 'linux',
  assurance: 'software',
  compliance: 'compliant',
  verdicts: {},
  problems: [],
  observedAt: AT - 1000,
  ...change,
});
export const failing = laptop({
  compliance: 'not-compliant',
  problems: [{ check: 'disk.encryption', because: '/ is not encrypted: it lies in plain on sda2.' }],
});

export const request = (change: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  subject: { type: 'user', id: 'bob' },
  action: { name: 'open' },
  resource: { type: 'app', id: 'wiki' },
  ...change,
});

/** Decides a request under some policies. */
export function decide(
  policies: readonly { name: string; text: string }[],
  device: DeviceFacts | null,
  asked: EvaluationRequest = request(),
  trustProperties = false,
  state: DeviceState | null = device === null ? null : 'active',
  owner: string | null = null,
) {
  const set = loadPolicies([...policies, directory]);
  const engine = compileEngine({ policies: set.accessPolicies, version: set.version, directory: set.directory, reportIntervalMs: 300_000 });
  return engine.decide({ id: 'x', request: asked, device, state, owner, at: AT, trustProperties });
}
