/** A device that waits for approval is told so, and nothing that it says is kept. */
import { expect } from '@jest/globals';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '403 device-pending',
  async prepare(field) {
    field.attacked = await joinDevice(field.service, undefined, { grant: {} });
  },
  async run({ attacked, report, service }) {
    const answer = await report((await attacked.sign({}, HEALTHY)).jws);
    expect((await service.call('GET', `/v1/devices/${attacked.id}/history`)).json().history).toEqual([]);
    return answer;
  },
});
