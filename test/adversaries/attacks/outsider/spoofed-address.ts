/** An address that is only claimed in a header is not believed: whoever has used up theirs stays out. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '429 rate-limited',
  service: { limits: { address: { burst: 20, perSecond: 0.01 } } },
  async run({ send }) {
    const ask = (headers: Readonly<Record<string, string>>) =>
      send('POST', '/v1/nonces', { body: '{"purpose":"enrollment"}', headers: { 'content-type': 'application/json', ...headers }, from: '127.0.0.9' });
    for (let sent = 0; sent < 20; sent++) await ask({ 'x-forwarded-for': `192.0.2.${sent}` });
    return Promise.all([
      ask({ 'x-forwarded-for': '192.0.2.99' }),
      ask({ 'x-real-ip': '192.0.2.99', forwarded: 'for=192.0.2.99' }),
      ask({ 'x-forwarded-for': '127.0.0.1' }),
    ]);
  },
});
