/** A device that stops reporting once it is not healthy any more is not taken for healthy for long. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '200 duplicate',
  afterwards: 'challenge',
  async run({ attacked, report, pass }) {
    const { jws } = await attacked.report(undefined, 'full');
    await pass(11 * 60_000);
    return report(jws);
  },
});
