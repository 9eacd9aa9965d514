/** A nonce that the service did not make, or whose purpose, time or device somebody changed, is not its own. */
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '409 nonce-invalid',
  async run(field) {
    const good = Buffer.from(await field.nonce(undefined, 'enrollment'), 'base64url');
    const changed = [0, 1, 6, 7, 15, 30].map((index) => {
      const bytes = Buffer.from(good);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      return bytes.toString('base64url');
    });
    const nonces = [...changed, 'A'.repeat(42), 'A'.repeat(43), `${good.toString('base64url')}A`, '='.repeat(42), await field.nonce(field.attacked)];
    const token = await field.service.enrollmentToken();
    return Promise.all(nonces.map(async (eat_nonce) => field.post('/v1/enrollments', { token, proof: await proofOf(field, { claims: { eat_nonce } }) })));
  },
});
