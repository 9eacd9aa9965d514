/** The other signature that says the same of accepted evidence makes no second evidence of it. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { vary } from '../../forge.ts';

export default defineAttack({
  gets: '200 duplicate',
  async run({ attacked, report, service }) {
    const { jws } = await attacked.report(HEALTHY);
    expect(vary(jws)).not.toBe(jws);
    const answer = await report(vary(jws));
    expect((await service.call('GET', `/v1/devices/${attacked.id}/history`)).json().history).toHaveLength(3);
    return answer;
  },
});
