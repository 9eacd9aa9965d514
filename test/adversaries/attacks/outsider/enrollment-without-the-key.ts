/** A key that somebody else holds does not join for whoever only knows its public half, and a proof that somebody else made is worth nothing in another's name. */

import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  async run(field) {
    const [own, foreign] = [createSigner(), field.bystander.signer.publicJwk];
    return field.post('/v1/enrollments', {
      token: await field.service.enrollmentToken(),
      proof: await proofOf(field, { signer: own, claims: { jwk: foreign } }),
    });
  },
});
