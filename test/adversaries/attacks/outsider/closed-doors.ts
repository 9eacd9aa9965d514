/** Every route that the service describes as guarded is closed to whoever has no token, and the open ones are those that devices and verifiers need. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

/** Open by design. */
const OPEN = [
  'GET /.well-known/audit-jwks.json',
  'GET /.well-known/authzen-configuration',
  'GET /.well-known/jwks.json',
  'GET /healthz',
  'GET /readyz',
  'GET /v1/os-catalog',
  'POST /v1/devices/{id}/retirement',
  'POST /v1/enrollments',
  'POST /v1/evidence',
  'POST /v1/nonces',
];

export default defineAttack({
  gets: '401 unauthorized',
  async run({ attacked, send, post }) {
    const paths = Object.entries((await send('GET', '/openapi.json')).json().paths as Record<string, Record<string, { security?: unknown }>>);
    const routes = paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({ path, method: method.toUpperCase(), security })),
    );
    const open = routes.filter(({ security }) => security === undefined).map(({ method, path }) => `${method} ${path}`);
    expect(open.sort()).toEqual(OPEN);
    const guarded = routes.filter(({ security }) => security !== undefined);
    expect(guarded.length).toBeGreaterThan(12);
    return Promise.all(
      guarded.map(({ method, path }) => {
        const real = path.replace('{id}', attacked.id).replace('{name}', 'decide');
        return method === 'POST' ? post(real, { reason: 'because', subject: attacked.id }) : send(method, real);
      }),
    );
  },
});
