/** Failing evidence under the digest of healthy readings stays failing: heartbeats repeat the readings, not the digest's promise. */
import { expect } from '@jest/globals';
import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked, report, service }) {
    const { digest } = attacked.claims(HEALTHY).stance;
    service.pass(1000);
    const { jws, hash } = await signClaims(withStance(attacked.claims(FAILING), { digest }), attacked.signer);
    const first = await report(jws);
    Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: hash, nonce: first.json().nonce });
    const second = await attacked.report(HEALTHY, 'heartbeat');
    expect(second.json()).toMatchObject({ compliance: 'not-compliant' });
    return [first, second];
  },
});
