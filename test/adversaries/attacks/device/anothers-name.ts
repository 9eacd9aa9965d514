/** A device that signs as another, whole chain and nonce of the other included, is refused for its key. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  run: ({ attacked, bystander, report }) =>
    Promise.all([HEALTHY, FAILING].map(async (readings) => report((await signClaims(bystander.claims(readings), attacked.signer)).jws))),
});
