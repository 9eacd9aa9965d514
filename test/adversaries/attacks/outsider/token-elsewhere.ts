/** A token is taken from the one header that is meant for it, and from nowhere that ends up in logs. */

import { ADMIN } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '401 unauthorized',
  run: ({ send }) =>
    Promise.all([
      send('GET', `/v1/devices?access_token=${ADMIN}&token=${ADMIN}`),
      ...[
        { cookie: `token=${ADMIN}` },
        { authorization: `Basic ${Buffer.from(`admin:${ADMIN}`).toString('base64')}` },
        { authorization: ADMIN },
        { authorization: `Bearer ${ADMIN}, Bearer x` },
        { authorization: `Bearer  ${ADMIN}` },
        { authorization: `Bearer ${ADMIN}x` },
        { authorization: `Bearer ${ADMIN.slice(0, -1)}` },
        { authorization: `Bearer ${ADMIN.toUpperCase()}` },
        { authorization: 'Bearer ' },
        { authorization: 'Bearer undefined' },
        { authorization: 'Bearer null' },
        { authorization: `Bearer ${'x'.repeat(5000)}` },
        { 'x-forwarded-user': 'administrator', 'x-api-key': ADMIN },
      ].map((headers) => send('GET', '/v1/devices', { headers })),
    ]),
});
