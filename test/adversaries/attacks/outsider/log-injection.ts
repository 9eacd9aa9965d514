/** What an outsider sends makes no line of the log, least of all one that says what it wants to be said. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

const LINE = '\n{"level":30,"msg":"device ruled on"}\n\u001b[2J';

export default defineAttack({
  gets: '404 not-found',
  async run({ post, send, log }) {
    const before = log.length;
    await post('/v1/nonces', { purpose: 'evidence', device: LINE });
    await post('/v1/enrollments', { token: LINE, proof: LINE });
    await post('/v1/evidence', LINE, { 'content-type': 'application/eat+jwt' });
    await send('GET', '/v1/devices', { headers: { authorization: 'Bearer a', 'user-agent': '{"level":30}' } });
    const answer = await send('GET', `/${encodeURIComponent(LINE)}`);
    expect(log.slice(before)).toEqual([]);
    return answer;
  },
});
