/** A machine that was quarantined and joins anew waits for an administrator, even with a token that lets everybody in. */

import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

const description = { machineHash: 'm'.repeat(43) };

export default defineAttack({
  gets: '403 device-pending',
  async prepare(field) {
    field.attacked = await joinDevice(field.service, undefined, { description });
    await field.attacked.report();
    const [original, copy] = [{ ...field.attacked.chain }, { ...field.attacked.chain }];
    for (const chain of [original, copy, original]) await field.reportAs(chain);
  },
  async run(field) {
    const anew = await joinDevice(field.service, undefined, { description, grant: { approves: true } });
    return field.report((await anew.sign()).jws);
  },
});
