/** What is not quite HTTP/1.1 — no such method, no host, HTTP/2, TLS, an expectation that nobody meets — is refused in the words of the service. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 bad-request',
  run: ({ wire }) =>
    Promise.all(
      [
        'STEAL /v1/devices HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003',
        'SSH-2.0-OpenSSH_9.9\r\n',
        'POST /v1/nonces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: a-miracle\r\nContent-Length: 0\r\n\r\n',
      ].map((bytes) => wire(bytes)),
    ),
});
