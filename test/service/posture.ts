/** What a device of tests may read: good and bad, in few words. */
import type { Reading } from '../../src/model/index.ts';

const known = (check: string, value: unknown, readAt: string): Reading => ({ check, status: 'known', value, method: 'test', readAt, tookMs: 1 });

/** Disk and firewall, as they are at a moment (ms since the epoch). */
export function posture({ disk = true, firewall = true, at }: { disk?: boolean; firewall?: boolean | 'unknown'; at: number }): Reading[] {
  const readAt = new Date(at).toISOString();
  const volume = disk ? { mount: '/', state: 'encrypted', by: ['LUKS2'], plain: [] } : { mount: '/', state: 'plain', by: [], plain: ['sda2'] };
  const wall = { enabled: firewall === true, product: 'ufw', ipv4Only: false, ...(firewall === true ? {} : { cause: 'switched-off' }) };
  return [
    known('disk.encryption', { volumes: [volume] }, readAt),
    firewall === 'unknown'
      ? { check: 'firewall.enabled', status: 'unknown', reason: 'permission', readAt, tookMs: 1 }
      : known('firewall.enabled', wall, readAt),
  ];
}

export interface PolicyText {
  readonly name: string;
  readonly text: string;
}
export const document = (name: string, body: object): PolicyText => ({ name: `${name}.yaml`, text: JSON.stringify(body) });
export const baseline = (checks: object, more: object = {}): PolicyText =>
  document('baseline', { kind: 'baseline', id: 'laptop', platforms: ['linux'], checks, ...more });
export const policy = (id: string, body: object): PolicyText =>
  document(id, { kind: 'access-policy', id, state: 'enforced', when: {}, grant: { require: [] }, ...body });
export const directory = (body: object): PolicyText => document('directory', { kind: 'directory', ...body });
