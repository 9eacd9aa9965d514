/** No way through an address leads out of the routes, to a file or past a guard. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '404 not-found',
  run: ({ wire }) =>
    Promise.all(
      [
        '/../../../../etc/passwd',
        '/..%2f..%2f..%2fetc%2fpasswd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/status.js/../../app.ts',
        '/status.js%00.html',
        '//etc/passwd',
        '/./v1/devices',
        '/v1//devices',
        '/V1/DEVICES',
        '/v1/devices;x=1',
        '/v1%2fdevices',
        '/healthz/../v1/devices',
        '/\\..\\..\\windows\\win.ini',
      ].map((path) => wire(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)),
    ),
});
