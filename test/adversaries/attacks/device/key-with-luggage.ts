/** What a joining device writes beside its key — addresses, certificates, another use — is not published with it. */
import { expect } from '@jest/globals';
import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '201',
  async run(field) {
    const signer = createSigner();
    const jwk = { ...signer.publicJwk, x5u: 'http://other.example', jku: 'http://other.example', key_ops: ['encrypt'], d: 'secret' };
    const proof = await proofOf(field, { signer, claims: { jwk } });
    const answer = await field.post('/v1/enrollments', { token: await field.service.enrollmentToken({}), proof });
    const [key] = (await field.service.call('GET', `/v1/devices/${answer.json().device}/jwks.json`)).json().keys;
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    return answer;
  },
});
