/** A flood in the name of a device, from the very address that the device reports from, does not keep the device from reporting. */
import { expect } from '@jest/globals';
import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned } from '../../forge.ts';

export default defineAttack({
  gets: '429 rate-limited',
  service: { limits: { address: { burst: 30, perSecond: 0.01 } } },
  async run({ attacked, report }) {
    const jws = await forgeSigned(createSigner(), attacked.claims(HEALTHY));
    for (let sent = 0; sent < 70; sent++) await report(jws);
    expect((await attacked.report(HEALTHY)).json()).toMatchObject({ result: 'accepted' });
    return report(jws);
  },
});
