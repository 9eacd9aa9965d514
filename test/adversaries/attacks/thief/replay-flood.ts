/** Evidence that somebody recorded, sent again and again, does not use up what the device itself may send. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '429 rate-limited',
  service: { limits: { device: { burst: 10, perSecond: 0.01 }, address: { burst: 30, perSecond: 0.01 } } },
  async run({ attacked, send }) {
    const { jws } = await attacked.report(HEALTHY);
    const replay = () => send('POST', '/v1/evidence', { body: jws, headers: { 'content-type': 'application/eat+jwt' }, from: '127.0.0.9' });
    for (let sent = 0; sent < 80; sent++) await replay();
    expect((await attacked.report(HEALTHY)).json()).toMatchObject({ result: 'accepted' });
    return replay();
  },
});
