/** A nonce that was made for another device, or for another purpose, is not taken for evidence, nor one for evidence as another. */
import { signRetirement } from '../../../../src/attest/index.ts';
import { sha256 } from '../../../../src/attest/node.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '409 nonce-invalid',
  async run(field) {
    const { attacked, bystander, nonce, post, report, service } = field;
    const foreign = [await nonce(bystander), await nonce(attacked, 'retirement'), await nonce(attacked, 'enrollment'), await nonce(undefined)];
    const claims = { iat: 1, jti: 'j', iss: attacked.id, aud: attacked.joined.audience, eat_nonce: await nonce(attacked) };
    return [
      ...(await Promise.all(foreign.map(async (eat_nonce) => report((await attacked.sign({ eat_nonce }, HEALTHY)).jws)))),
      await post(`/v1/devices/${attacked.id}/retirement`, await signRetirement(claims, attacked.signer, sha256), { 'content-type': 'application/jwt' }),
      await post('/v1/enrollments', { token: await service.enrollmentToken(), proof: await proofOf(field, { claims: { eat_nonce: await nonce(attacked) } }) }),
    ];
  },
});
