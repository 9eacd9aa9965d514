/** Line breaks in an address or a request id make no header of an answer. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '404 not-found',
  async run({ send, wire }) {
    const answers = await Promise.all([
      send('GET', '/x%0d%0aset-cookie:%20a=b'),
      send('GET', '/x?%0d%0aset-cookie:%20a=b', { headers: { 'x-request-id': 'a b' } }),
      wire('GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: \u00e9%0d%0aset-cookie: a=b\r\n\r\n'),
    ]);
    for (const { headers } of answers) {
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).not.toHaveProperty('x-request-id');
    }
    return answers;
  },
});
