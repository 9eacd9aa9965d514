/** Heartbeats over readings that nobody took anew, dated as they were taken, are history and keep nothing fresh. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';
import type { Answer } from '../../wire.ts';

export default defineAttack({
  gets: '200 accepted',
  afterwards: 'challenge',
  async run({ attacked, report, pass, nonce, service }) {
    const takenAt = new Date(service.now()).toISOString();
    const answers: Answer[] = [];
    for (let beats = 0; beats < 4; beats++) {
      await pass(3 * 60_000);
      attacked.chain.nonce = await nonce(attacked);
      const { jws, hash } = await signClaims(withStance(attacked.claims(HEALTHY, 'heartbeat'), { observedAt: takenAt }), attacked.signer);
      answers.push(await report(jws));
      Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: hash });
    }
    return answers;
  },
});
