/** A revoked device is told so at once, and so is one whose evidence was signed before. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

let before = '';

export default defineAttack({
  gets: '403 device-revoked',
  async prepare({ attacked, service }) {
    before = (await attacked.sign({}, HEALTHY)).jws;
    await service.call('POST', `/v1/devices/${attacked.id}/revoke`, { reason: 'a test' });
  },
  run: async ({ report, reportAs, attacked }) => [await report(before), await reportAs({ ...attacked.chain })],
});
