/** An address that cannot be decoded is refused in the words of the service. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 bad-request',
  run: ({ wire }) =>
    Promise.all(
      ['/%', '/%zz', '/v1/devices/%', '/v1/devices/%c0%ae', '/%ff%fe'].map((path) => wire(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)),
    ),
});
