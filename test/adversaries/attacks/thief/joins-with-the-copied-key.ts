/** A copied key does not join a second time as a device of its own, in none of the spellings that a key can have. */
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '409 key-in-use',
  run: async (field) =>
    field.post('/v1/enrollments', { token: await field.service.enrollmentToken(), proof: await proofOf(field, { signer: field.attacked.signer }) }),
});
