/** A body in chunks that never ends is cut off at the bound of its route, and the connection with it. */
import { defineAttack } from '../../attack.ts';

const CHUNK = `4000\r\n${'x'.repeat(0x4000)}\r\n`;

export default defineAttack({
  gets: '413 body-too-large',
  run: ({ wire }) =>
    Promise.all(
      ['/v1/evidence HTTP/1.1\r\nContent-Type: application/eat+jwt', '/v1/nonces HTTP/1.1\r\nContent-Type: application/json'].map((start) =>
        wire(`POST ${start}\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`, CHUNK.repeat(4)),
      ),
    ),
});
