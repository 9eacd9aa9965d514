/** Readings of checks that nobody knows, however they are called, are kept and judged by nobody. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { FAILING, type Field } from '../../field.ts';

const NAMES = [
  'constructor',
  'toString',
  'hasOwnProperty',
  'disk.encryption\n',
  'DISK.ENCRYPTION',
  '*',
  '../x',
  '\u202edisk.encryption',
  '<script>alert(1)</script>',
];

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked, service, send }: Field) {
    const [first] = FAILING;
    const readings = [...FAILING, ...NAMES.map((check) => ({ ...first, check }) as NonNullable<typeof first>)];
    const answer = await attacked.report(readings);
    expect((await service.call('GET', `/v1/devices/${attacked.id}`)).status).toBe(200);
    expect((await service.call('GET', `/v1/devices/${attacked.id}/attestation-result`)).status).toBe(200);
    expect((await service.call('GET', '/v1/devices?failing=constructor')).json().devices).toEqual([]);
    expect((await send('GET', '/')).headers['content-security-policy']).toContain("script-src 'self'");
    return answer;
  },
});
