/** What every service has: keys, its own description, health, metrics. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { Context } from './context.ts';

export async function registerOpenApi(app: FastifyInstance, { url, version }: Context): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Stance posture service',
        version,
        description: 'Devices report evidence; callers ask for decisions and attestation results.',
        license: { name: 'Apache-2.0' },
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => ({ ...app.swagger(), servers: [{ url: url() }] }));
}

export function registerDiscovery(app: FastifyInstance, context: Context): void {
  const { keys, metrics, policies, tokens } = context;
  app.get('/.well-known/jwks.json', { schema: { summary: 'Public keys that attestation results verify under (RFC 7517).' } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(keys.jwks('results')),
  );

  app.get('/.well-known/audit-jwks.json', { schema: { summary: 'Public keys that folded evidence verifies under (RFC 7517).' } }, async () =>
    keys.jwks('audit'),
  );

  app.get('/healthz', { schema: { summary: 'The process lives.' } }, async () => ({ status: 'ok' }));

  app.get('/readyz', { schema: { summary: 'The store takes writes; which policies are in force, and where newer ones have an error.' } }, async () => {
    context.storeWatch.ask();
    const { number, version } = policies.active();
    const problem = policies.problem();
    return { status: 'ready', policies: { number, version, ...(problem === undefined ? {} : { problem }) } };
  });

  app.get(
    '/metrics',
    { ...tokens.guard('read'), schema: { summary: 'Prometheus metrics. Scope: read.', security: [{ bearer: [] }] } },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
