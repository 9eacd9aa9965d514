/** Headers that never end are cut off at 16 KiB, whether it is one or many. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '431 headers-too-large',
  run: ({ wire }) =>
    Promise.all([
      wire('GET /healthz HTTP/1.1\r\nHost: x\r\n', `X-${'a'.repeat(100)}: b\r\n`.repeat(20)),
      wire('GET /healthz HTTP/1.1\r\nHost: x\r\nX: ', 'a'.repeat(4000)),
      wire('GET /', 'a'.repeat(4000)),
    ]),
});
