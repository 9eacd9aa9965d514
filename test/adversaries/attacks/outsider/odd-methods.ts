/** A method that a route does not have finds nothing, however it is asked for. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '404 not-found',
  run: ({ attacked, send }) =>
    Promise.all([
      ...['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'].map((method) => send(method, `/v1/devices/${attacked.id}`)),
      ...['GET', 'PUT', 'DELETE'].map((method) => send(method, '/v1/evidence')),
      send('POST', `/v1/devices/${attacked.id}`, { headers: { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' } }),
      send('POST', `/v1/devices/${attacked.id}?_method=DELETE`),
    ]),
});
