/** A request that two servers could take for different ones is refused, and what hides in it is never answered. */
import { defineAttack } from '../../attack.ts';

const HIDDEN = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const start = 'POST /v1/nonces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

export default defineAttack({
  gets: '400 bad-request',
  run: ({ wire }) =>
    Promise.all(
      [
        `${start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
        `${start}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${HIDDEN}`,
        `${start}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
        `${start}Content-Length: +0\r\n\r\n${HIDDEN}`,
        `${start}Content-Length: 0x10\r\n\r\n${HIDDEN}`,
        `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
        `${start}Transfer-Encoding: chunked\r\n\r\nZ\r\n${HIDDEN}`,
        `${start}Transfer-Encoding: chunked\r\n\r\n-1\r\n${HIDDEN}`,
        `${start}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${HIDDEN}`,
        `${start}Content-Length: 0\r\nX: a\rb\r\n\r\n${HIDDEN}`,
        `${start}Content-Length: 0\nX-Bare: b\n\n${HIDDEN}`,
        `${start}X: a\u0000b\r\nContent-Length: 0\r\n\r\n${HIDDEN}`,
        `GET /healthz\r\n\r\n${HIDDEN}`,
        `GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n${HIDDEN}`,
      ].map((bytes) => wire(bytes)),
    ),
});
