/** Another evidence for a place that is taken makes the device suspect, and is not taken. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';

export default defineAttack({
  gets: '409 chain-fork',
  afterwards: 'challenge',
  async run({ attacked, report, nonce }) {
    attacked.chain.nonce = await nonce(attacked);
    return report((await signClaims(withStance(attacked.claims(HEALTHY), { prev: 'A'.repeat(43) }), attacked.signer)).jws);
  },
});
