/** Evidence that says it was observed tomorrow grows old from the moment when it came. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';

export default defineAttack({
  gets: '200 accepted',
  afterwards: 'challenge',
  async run({ attacked, report, service, pass }) {
    service.pass(1000);
    const answer = await report((await signClaims(withStance(attacked.claims(HEALTHY), { observedAt: '9999-12-31T23:59:59.999Z' }), attacked.signer)).jws);
    await pass(11 * 60_000);
    return answer;
  },
});
