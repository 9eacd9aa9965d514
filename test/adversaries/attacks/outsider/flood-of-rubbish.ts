/** A flood from one address is refused for its number, and devices go on reporting and joining, behind the same address those that have joined. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '429 rate-limited',
  service: { limits: { address: { burst: 50, perSecond: 0.01 } } },
  async run({ attacked, post, send }) {
    const flood = (from: string) => send('POST', '/v1/evidence', { body: 'rubbish', headers: { 'content-type': 'application/eat+jwt' }, from });
    for (const from of ['127.0.0.1', '127.0.0.9']) for (let sent = 0; sent < 55; sent++) await flood(from);
    expect((await attacked.report(HEALTHY)).status).toBe(200);
    expect(
      (await send('POST', '/v1/nonces', { body: '{"purpose":"enrollment"}', headers: { 'content-type': 'application/json' }, from: '127.0.0.8' })).status,
    ).toBe(200);
    return Promise.all([flood('127.0.0.9'), flood('127.0.0.1'), post('/v1/nonces', { purpose: 'enrollment' })]);
  },
});
