/** A new key that is proven by another than itself, such as a public key that somebody else holds, does not take over. */

import { createSigner, signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  async run({ attacked, bystander, report }) {
    const proofs = [
      await rotationClaims(attacked, bystander.signer, { by: createSigner() }),
      await rotationClaims(attacked, bystander.signer, { by: attacked.signer }),
      await rotationClaims(attacked, createSigner(), { by: attacked.signer }),
    ];
    return Promise.all(proofs.map(async (claims) => report((await signClaims(claims, attacked.signer)).jws)));
  },
});
