/** A bearer token lets no device in. */

import { ADMIN } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '403 token-invalid',
  async run(field) {
    const { authorization } = await field.token('admin');
    return Promise.all(
      [authorization.slice('Bearer '.length), ADMIN].map(async (token) => field.post('/v1/enrollments', { token, proof: await proofOf(field) })),
    );
  },
});
