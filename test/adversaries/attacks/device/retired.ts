/** A device that has left does not report, and does not come back by itself. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-retired',
  prepare: ({ attacked, service }) => service.call('POST', `/v1/devices/${attacked.id}/retire`, { reason: 'a test' }),
  run: ({ reportAs, attacked }) => reportAs({ ...attacked.chain }),
});
