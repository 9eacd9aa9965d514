/** An enrollment token that was made up lets nobody in, with whatever good proof of a key. */
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '403 token-invalid',
  run: (field) =>
    Promise.all(
      [`stance_enroll_${'A'.repeat(32)}`, 'x', "' OR 1=1 --", '%', '*', '__proto__'].map(async (token) =>
        field.post('/v1/enrollments', { token, proof: await proofOf(field) }),
      ),
    ),
});
