/** A token that has expired, or was taken back, is none from that moment on. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '401 unauthorized',
  async run({ service, send, pass, token }) {
    const short = (await service.call('POST', '/v1/tokens', { name: 'short', scopes: ['admin'], expiresInSeconds: 60 })).json().token;
    const taken = await token('admin');
    await service.call('DELETE', '/v1/tokens/admin');
    await pass(60_000);
    return [await send('GET', '/v1/devices', { headers: { authorization: `Bearer ${short}` } }), await send('GET', '/v1/devices', { headers: taken })];
  },
});
