/** A key that was copied before the device took a new one opens nothing any more. */
import { expect } from '@jest/globals';
import { createSigner, signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  async run(field) {
    const { attacked, report, nonce } = field;
    const next = createSigner();
    const rotation = await signClaims(await rotationClaims(attacked, next), attacked.signer);
    expect((await report(rotation.jws)).json()).toMatchObject({ result: 'accepted' });
    Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: rotation.hash, nonce: await nonce(attacked) });
    const answer = await report((await attacked.sign({}, HEALTHY)).jws);
    field.service.pass(1000);
    expect((await report((await signClaims(attacked.claims(HEALTHY), next)).jws)).json()).toMatchObject({ result: 'accepted' });
    return answer;
  },
  // The evidence that brought the new key carried one reading only; the next has them all.
});
