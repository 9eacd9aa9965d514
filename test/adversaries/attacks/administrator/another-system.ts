/** A device is judged as the system that it joined as, whatever its evidence says that it is today. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';
import type { Answer } from '../../wire.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked, report, service }) {
    const answers: Answer[] = [];
    for (const platform of ['darwin', 'win32']) {
      service.pass(1000);
      const excused = HEALTHY.map(({ check, readAt }) => ({ check, status: 'not-applicable', reason: 'platform', readAt, tookMs: 0 }));
      const { jws, hash } = await signClaims(withStance(attacked.claims(FAILING), { platform, readings: excused }), attacked.signer);
      const answer = await report(jws);
      Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: hash, nonce: answer.json().nonce });
      answers.push(answer);
    }
    return answers;
  },
});
