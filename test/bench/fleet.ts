/** A made-up company: 100,000 devices, 50 policies, and what its people ask for. */
import type { EvaluationRequest } from '../../src/model/index.ts';
import { type DeviceFacts, loadPolicies } from '../../src/policy/index.ts';

export const DEVICES = 100_000;
export const deviceId = (index: number): string => `device-${String(index).padStart(6, '0')}`;

export const factsOf = (index: number, observedAt: number): DeviceFacts => ({
  id: deviceId(index),
  platform: 'linux',
  assurance: 'software',
  timeline: [
    {
      from: 0,
      compliance: index % 10 === 0 ? 'not-compliant' : 'compliant',
      checks: index % 10 === 0 ? { 'disk.encryption': 'failing' } : {},
      stale: [],
    },
  ],
  verdicts: { 'os.supported': 'pass', 'disk.encryption': index % 10 === 0 ? 'fail' : 'pass', 'firewall.enabled': 'pass', 'screen.lock': 'pass' },
  problems: index % 10 === 0 ? [{ check: 'disk.encryption', because: '/ is not encrypted: it lies in plain on sda2.' }] : [],
  observedAt,
  readings: null,
});

/** Five are about every app, the others about one; every tenth has a condition in CEL. */
const texts = Array.from({ length: 50 }, (_, index) => ({
  name: `policy-${index}.yaml`,
  text: JSON.stringify({
    kind: 'access-policy',
    id: `policy-${index}`,
    state: index % 7 === 6 ? 'report-only' : 'enforced',
    when: {
      resources: [{ type: 'app', id: index % 10 === 0 ? 'app-*' : `app-${index}` }],
      users: { include: index % 2 === 0 ? ['*'] : ['group:staff'], exclude: ['break-glass'] },
      ...(index % 10 === 0 ? { cel: 'device != null && device.platform == "linux"' } : {}),
    },
    grant: { require: ['compliant-device'] },
  }),
}));
export const policyFiles = [
  ...texts,
  {
    name: 'directory.yaml',
    text: JSON.stringify({ kind: 'directory', users: Array.from({ length: 1000 }, (_, index) => ({ id: `user-${index}`, groups: ['staff'] })) }),
  },
];
export const policies = loadPolicies(policyFiles);

export const requestOf = (index: number): EvaluationRequest => ({
  subject: { type: 'user', id: `user-${index % 1000}` },
  action: { name: 'open' },
  resource: { type: 'app', id: `app-${index % 60}` },
  context: { device: { id: deviceId(index) }, ip: '192.0.2.7' },
});
