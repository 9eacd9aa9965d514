/** After evidence that fails, heartbeats that repeat the healthy digest of before are asked for all readings. */
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '409 full-evidence-required',
  async prepare({ attacked }) {
    await attacked.report(HEALTHY, 'heartbeat');
    await attacked.report(FAILING);
  },
  async run({ attacked, report, pass, nonce }) {
    const first = await report((await attacked.sign({}, HEALTHY, 'heartbeat')).jws);
    await pass(60_000);
    attacked.chain.nonce = await nonce(attacked);
    return [first, await report((await attacked.sign({}, HEALTHY, 'heartbeat')).jws)];
  },
});
