/** A disk that is set back to when it was healthy does not bring the healthy past back: the device is suspect. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { FAILING, type Field, HEALTHY } from '../../field.ts';

let disk: Field['attacked']['chain'];

export default defineAttack({
  gets: '409 chain-fork',
  async prepare({ attacked }) {
    disk = { ...attacked.chain };
    await attacked.report(FAILING);
  },
  async run({ attacked, reportAs, service }) {
    const answer = await reportAs(disk, HEALTHY);
    expect((await service.call('GET', `/v1/devices/${attacked.id}`)).json().state).toBe('suspect');
    return answer;
  },
});
