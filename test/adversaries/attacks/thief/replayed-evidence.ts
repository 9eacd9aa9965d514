/** Evidence that was accepted, sent again by whoever recorded it, writes nothing and makes nothing younger. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '200 duplicate',
  afterwards: 'challenge',
  async run({ attacked, report, pass, service }) {
    const { jws } = await attacked.report(HEALTHY);
    await report(jws);
    await pass(11 * 60_000);
    const answer = await report(jws);
    expect((await service.call('GET', `/v1/devices/${attacked.id}/history`)).json().history).toHaveLength(3);
    return answer;
  },
});
