/** A heartbeat may only repeat readings that the service has: any other digest asks for all of them. */

import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING, healthyBut } from '../../field.ts';

export default defineAttack({
  gets: '409 full-evidence-required',
  async run({ attacked, report, service }) {
    const fresh = await joinDevice(service);
    return [
      await report((await attacked.sign({}, FAILING, 'heartbeat')).jws),
      await report((await attacked.sign({}, healthyBut('firewall.enabled'), 'heartbeat')).jws),
      await report((await fresh.sign({}, [], 'heartbeat')).jws),
    ];
  },
});
