/** A nonce counts once, and none that is older than the one that counted last. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '409 nonce-used',
  async run({ attacked, nonce, report }) {
    const [older, used] = [await nonce(attacked), await nonce(attacked)];
    attacked.chain.nonce = used;
    await attacked.report(HEALTHY);
    return Promise.all([older, used].map(async (eat_nonce) => report((await attacked.sign({ eat_nonce }, HEALTHY)).jws)));
  },
});
