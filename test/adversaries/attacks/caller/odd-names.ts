/** Names that an administrator gives, with line breaks and escapes in them, make one line of the log each and open nothing else. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

const NAME = 'gateway\n{"level":30,"msg":"device ruled on"}\u001b[2J';

export default defineAttack({
  gets: '404 not-found',
  async run({ service, send, log }) {
    const before = log.length;
    const { token } = (await service.call('POST', '/v1/tokens', { name: NAME, scopes: ['read'] })).json();
    expect(log.slice(before).map((line) => JSON.parse(line).name)).toEqual([NAME]);
    const bearer = { authorization: `Bearer ${token}` };
    return [await send('GET', `/v1/devices/${encodeURIComponent(`x\n${NAME}`.slice(0, 60))}`, { headers: bearer })];
  },
});
