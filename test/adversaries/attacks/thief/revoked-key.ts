/** The key of a revoked device reports nothing, retires nothing and comes back as nothing. */
import { expect } from '@jest/globals';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-revoked',
  prepare: ({ attacked, service }) => service.call('POST', `/v1/devices/${attacked.id}/revoke`, { reason: 'stolen' }),
  async run({ attacked, service, reportAs }) {
    expect((await joinDevice(service, attacked.signer)).joined.code).toBe('key-in-use');
    return reportAs({ ...attacked.chain });
  },
});
