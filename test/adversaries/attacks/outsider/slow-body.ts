/** A body that comes a byte at a time, or not at all, does not hold a connection for longer than a request may take. */
import { defineAttack } from '../../attack.ts';

const HEAD = 'POST /v1/evidence HTTP/1.1\r\nHost: x\r\nContent-Type: application/eat+jwt\r\n';

export default defineAttack({
  gets: '408 request-timeout',
  service: { requestTimeoutMs: 300 },
  run: ({ wire }) =>
    Promise.all([
      wire(`${HEAD}Content-Length: 100000\r\n\r\n`, 'x'),
      wire(`${HEAD}Content-Length: 10\r\n\r\n`),
      wire(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
    ]),
});
