/** Policies and devices for tests, in few words. */
import type { CheckStanding, Compliance, EvaluationRequest } from '../../src/model/index.ts';
import { compileEngine, type DecisionInput, type DeviceFacts, type Engine, loadPolicies } from '../../src/policy/index.ts';

export const AT = Date.parse('2026-11-24T08:00:00Z');
export const REPORT_INTERVAL_MS = 300_000;

export interface File {
  readonly name: string;
  readonly text: string;
}

export const policyFile = (id: string, body: object): File => ({
  name: `${id}.yaml`,
  text: JSON.stringify({ kind: 'access-policy', id, state: 'enforced', when: {}, grant: { require: [] }, ...body }),
});
export const directoryFile = (body: object): File => ({ name: 'directory.yaml', text: JSON.stringify({ kind: 'directory', ...body }) });
export const directory = directoryFile({
  users: [
    { id: 'ann', groups: ['admins'] },
    { id: 'bob', groups: ['staff'], properties: { role: 'clerk' } },
  ],
  resources: [
    { type: 'app', id: 'wiki', protected: true, properties: { sensitivity: 'internal' } },
    { type: 'app', id: 'lunch-menu' },
  ],
  locations: [{ name: 'office', ranges: ['192.0.2.0/24', '2001:db8::/32'] }],
  approvedApps: ['mail-client'],
});

type Change = Partial<DeviceFacts> & { readonly compliance?: Compliance; readonly standings?: Readonly<Record<string, CheckStanding>> };
export const laptop = ({ compliance = 'compliant', standings = {}, ...change }: Change = {}): DeviceFacts => ({
  id: 'd1',
  platform: 'linux',
  assurance: 'software',
  verdicts: {},
  timeline: [{ from: 0, compliance, checks: standings, stale: [] }],
  problems: [],
  observedAt: AT - 1000,
  readings: null,
  ...change,
});
export const failing = laptop({
  compliance: 'not-compliant',
  standings: { 'disk.encryption': 'failing' },
  verdicts: { 'disk.encryption': 'fail' },
  problems: [{ check: 'disk.encryption', because: '/ is not encrypted: it lies in plain on sda2.' }],
});

export const request = (change: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  subject: { type: 'user', id: 'bob' },
  action: { name: 'open' },
  resource: { type: 'app', id: 'wiki' },
  ...change,
});

export function engineOf(policies: readonly File[]): Engine {
  const files = policies.some(({ name }) => name === 'directory.yaml') ? policies : [...policies, directory];
  return compileEngine(loadPolicies(files), { reportIntervalMs: REPORT_INTERVAL_MS });
}

/** What is asked when nothing else is said: bob, on this device, which is nobody's in particular. */
export const inputOf = (device: DeviceFacts | null, change: Partial<DecisionInput> = {}): DecisionInput => ({
  id: 'x',
  request: request(),
  device,
  state: device === null ? null : 'active',
  owner: null,
  at: AT,
  trustProperties: false,
  ...change,
});

/** Decides a request under some policies. */
export function decide(
  policies: readonly File[],
  device: DeviceFacts | null,
  asked: EvaluationRequest = request(),
  trustProperties = false,
  state: DecisionInput['state'] = device === null ? null : 'active',
  owner: string | null = null,
) {
  return engineOf(policies).decide(inputOf(device, { request: asked, trustProperties, state, owner }));
}
