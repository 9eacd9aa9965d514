/** A stolen enrollment token makes a device that waits: nothing is taken of it, and nothing granted on it. */
import { expect } from '@jest/globals';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-pending',
  async prepare(field) {
    field.attacked = await joinDevice(field.service, undefined, { grant: {} });
  },
  async run({ attacked, reportAs, service, decide }) {
    const answer = await reportAs({ ...attacked.chain });
    expect((await service.call('GET', `/v1/devices/${attacked.id}/attestation-result`)).status).toBe(404);
    expect((await decide(attacked.id)).json().context.outcome).toBe('block');
    return answer;
  },
});
