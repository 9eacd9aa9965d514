/** Of two new keys for one place, signed with the old one, the first counts and the second finds the old key worth nothing. */
import { expect } from '@jest/globals';
import { createSigner, signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  async run(field) {
    const { attacked, report, nonce, service } = field;
    const [device, thief] = [createSigner(), createSigner()];
    const first = await signClaims(await rotationClaims(attacked, device), attacked.signer);
    expect((await report(first.jws)).json()).toMatchObject({ result: 'accepted' });
    const same = await report((await signClaims(await rotationClaims(attacked, thief), attacked.signer)).jws);
    Object.assign(attacked.chain, { seq: attacked.chain.seq + 1, prev: first.hash, nonce: await nonce(attacked) });
    const behind = await report((await signClaims(await rotationClaims(attacked, thief), attacked.signer)).jws);
    service.pass(1000);
    expect((await report((await signClaims(attacked.claims(HEALTHY), device)).jws)).json()).toMatchObject({ result: 'accepted' });
    expect((await service.call('GET', `/v1/devices/${attacked.id}/jwks.json`)).json().keys).toHaveLength(2);
    return [same, behind];
  },
});
