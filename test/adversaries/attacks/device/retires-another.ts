/** Nobody makes another device leave: not with a key of their own, not with a good statement of their own at the other's address. */
import { expect } from '@jest/globals';
import { signRetirement } from '../../../../src/attest/index.ts';
import { sha256 } from '../../../../src/attest/node.ts';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  async run({ attacked, bystander, post, nonce, service }) {
    const statement = async (iss: string, eat_nonce: string) =>
      signRetirement({ iat: 1, jti: 'j', iss, aud: attacked.joined.audience, eat_nonce }, attacked.signer, sha256);
    const retire = (jws: string) => post(`/v1/devices/${bystander.id}/retirement`, jws, { 'content-type': 'application/jwt' });
    const answers = [
      await retire(await statement(bystander.id, await nonce(bystander, 'retirement'))),
      await retire(await statement(attacked.id, await nonce(attacked, 'retirement'))),
    ];
    expect((await service.call('GET', `/v1/devices/${bystander.id}`)).json().state).toBe('active');
    return answers;
  },
});
