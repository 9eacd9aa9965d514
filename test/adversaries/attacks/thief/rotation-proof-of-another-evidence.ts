/** The proof of a new key is for the one evidence whose nonce it names, and no other. */

import { createSigner, signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '400 claims-malformed',
  async run({ attacked, report, nonce }) {
    const claims = await rotationClaims(attacked, createSigner(), { nonce: await nonce(attacked) });
    return report((await signClaims(claims, attacked.signer)).jws);
  },
});
