/** What every service has: keys, its own description, health, metrics. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { StanceError } from '../model/index.ts';
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

/** How long an answer of the store holds: asking it is a write, and anybody may ask. */
const READY_FOR_MS = 1000;

/** Asks the store whether it takes writes, at most once a second. @throws StanceError `store-unavailable` */
function createProbe({ store, now }: Context): () => void {
  let answer: { readonly at: number; readonly cause?: unknown } | undefined;
  return () => {
    if (answer === undefined || Math.abs(now() - answer.at) >= READY_FOR_MS) {
      try {
        store.ping();
        answer = { at: now() };
      } catch (cause) {
        answer = { at: now(), cause };
      }
    }
    if (answer.cause !== undefined)
      throw new StanceError('store-unavailable', 'The store takes no writes. Reads and decisions go on.', { cause: answer.cause });
  };
}

export function registerDiscovery(app: FastifyInstance, context: Context): void {
  const { keys, metrics, tokens } = context;
  const probe = createProbe(context);
  app.get('/.well-known/jwks.json', { schema: { summary: 'Public keys that attestation results verify under (RFC 7517).' } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(keys.jwks('results')),
  );

  app.get('/.well-known/audit-jwks.json', { schema: { summary: 'Public keys that folded evidence verifies under (RFC 7517).' } }, async () =>
    keys.jwks('audit'),
  );

  app.get('/healthz', { schema: { summary: 'The process lives.' } }, async () => ({ status: 'ok' }));

  app.get('/readyz', { schema: { summary: 'The store takes writes.' } }, async () => {
    probe();
    return { status: 'ready' };
  });

  app.get(
    '/metrics',
    { ...tokens.guard('read'), schema: { summary: 'Prometheus metrics. Scope: read.', security: [{ bearer: [] }] } },
    async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
