/** Headers that come a byte at a time do not hold a connection for longer than a request may take. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '408 request-timeout',
  service: { requestTimeoutMs: 300 },
  run: ({ wire }) => Promise.all([wire('POST /v1/evidence HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'), wire('POST /v1/evidence HT')]),
});
