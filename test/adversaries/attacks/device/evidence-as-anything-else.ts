/** Evidence is no retirement, no proof of joining, and neither is one of the other. */
import { signRetirement } from '../../../../src/attest/index.ts';
import { sha256 } from '../../../../src/attest/node.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '400 jws-type',
  async run(field) {
    const { attacked, post, report, service } = field;
    const { jws } = await attacked.sign({}, HEALTHY);
    const retire = (body: string) => post(`/v1/devices/${attacked.id}/retirement`, body, { 'content-type': 'application/jwt' });
    const leaving = await signRetirement(
      { iat: 1, jti: 'j', iss: attacked.id, aud: attacked.joined.audience, eat_nonce: attacked.chain.nonce },
      attacked.signer,
      sha256,
    );
    return [
      await retire(jws),
      await retire(await proofOf(field, { signer: attacked.signer })),
      await post('/v1/enrollments', { token: await service.enrollmentToken(), proof: jws }),
      await report(leaving),
      await report(await proofOf(field, { signer: attacked.signer })),
    ];
  },
});
