/** Evidence that was signed while the device was healthy, and kept for later, is too old once its nonce is. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

let hoarded = '';

export default defineAttack({
  gets: '409 nonce-expired',
  async prepare({ attacked, nonce, pass }) {
    attacked.chain.nonce = await nonce(attacked);
    hoarded = (await attacked.sign({}, HEALTHY)).jws;
    await pass(15 * 60_000 + 1000);
  },
  run: ({ report }) => report(hoarded),
});
