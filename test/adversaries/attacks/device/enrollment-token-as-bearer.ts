/** An enrollment token opens nothing but the door that it is for. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '401 unauthorized',
  async run({ attacked, service, send, post }) {
    const authorization = `Bearer ${await service.enrollmentToken()}`;
    return [
      await send('GET', '/v1/devices', { headers: { authorization } }),
      await post('/v1/enrollment-tokens', { approves: true }, { authorization }),
      await post(`/v1/devices/${attacked.id}/approve`, { reason: 'because' }, { authorization }),
      await post('/access/v1/evaluation', {}, { authorization }),
    ];
  },
});
