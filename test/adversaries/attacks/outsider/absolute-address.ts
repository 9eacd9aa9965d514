/** A whole URI in place of a path, or a roundabout spelling of one, reaches the same guard and no other host. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '401 unauthorized',
  run: ({ attacked, service, wire }) =>
    Promise.all(
      [
        ...[service.url, 'http://other.example', 'https://other.example', 'http://a:b@other.example'].map((host) => `${host}/v1/devices`),
        '/v1/devices/',
        '/v1/%64evices',
        `/v1/devices/%${attacked.id.charCodeAt(0).toString(16)}${attacked.id.slice(1)}`,
        '/v1/devices?#/healthz',
        '/v1/devices/%2e%2e',
      ].map((address) => wire(`GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)),
    ),
});
