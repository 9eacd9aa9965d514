/** An enrollment token that is used up or over lets nobody in, and of two that share the last use one gets it. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '403 token-invalid',
  async run(field) {
    const join = async (token: string) => field.post('/v1/enrollments', { token, proof: await proofOf(field) });
    const once = await field.service.enrollmentToken();
    const proofs = await Promise.all([proofOf(field), proofOf(field), proofOf(field)]);
    const raced = await Promise.all(proofs.map((proof) => field.post('/v1/enrollments', { token: once, proof })));
    expect(raced.filter(({ status }) => status === 201)).toHaveLength(1);
    const short = await field.service.enrollmentToken({ approves: true, expiresInSeconds: 60 });
    await field.pass(61_000);
    return [...raced.filter(({ status }) => status !== 201), await join(once), await join(short)];
  },
});
