/** A proof of joining that somebody recorded joins nothing a second time, with no token and in nobody's name. */
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '409 key-in-use',
  async run(field) {
    const proof = await proofOf(field);
    await field.post('/v1/enrollments', { token: await field.service.enrollmentToken(), proof });
    return [
      await field.post('/v1/enrollments', { token: await field.service.enrollmentToken(), proof }),
      await field.post('/v1/enrollments', { token: 'made up', proof, description: { model: 'another' } }),
    ];
  },
});
