/** Healthy readings of before, whether they say so by their time or by having waited, are kept as history and decide nothing. */
import { expect } from '@jest/globals';
import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';
import type { Answer } from '../../wire.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked, report, service, nonce }) {
    const answers: Answer[] = [];
    const minutesAgo = (minutes: number) => new Date(service.now() - minutes * 60_000).toISOString();
    for (const place of [{ waited: true }, { observedAt: minutesAgo(2) }, { observedAt: minutesAgo(9e5) }, { observedAt: 'yesterday' }, { observedAt: '' }]) {
      service.pass(1000);
      attacked.chain.nonce = await nonce(attacked);
      const { jws, hash } = await signClaims(withStance(attacked.claims(HEALTHY), place), attacked.signer);
      const answer = await report(jws);
      expect(answer.json()).toMatchObject({ compliance: 'not-compliant' });
      Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: hash });
      answers.push(answer);
    }
    return answers;
  },
});
