/** The posture service as an application, without a socket: `buildApp(context)` and `app.inject()` are how it is tested. */
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { StanceError } from '../model/index.ts';

import { registerAdminTokens } from './admin-tokens.ts';
import { registerAssignment } from './assignment.ts';
import { registerAuthzen } from './authzen/routes.ts';
import type { Context } from './context.ts';
import { registerDevices } from './devices.ts';
import { answerDirectly, type DirectRoute } from './direct.ts';
import { registerDiscovery, registerOpenApi } from './discovery.ts';
import { registerEnrollments } from './enrollments.ts';
import { registerEvidence } from './evidence.ts';
import { parseJsonBody } from './json-body.ts';
import { registerLife } from './life.ts';
import { registerOsCatalog } from './os-catalog/routes.ts';
import { registerPolicies } from './policy-routes.ts';
import { frameworkErrors, registerProblems } from './problems.ts';
import { registerStatusPage } from './status-page.ts';
import type { TlsMaterial } from './tls.ts';
import { httpOptions, MAX_BODY_BYTES, refuseClient, registerTransport } from './transport.ts';

/** Defaults are filled in; what comes as text in an address is read as the type that the schema has. */
function compileValidator(schema: TSchema, isText: boolean) {
  const validator = Compile(schema);
  return (data: unknown): { value: unknown } | { error: Error } => {
    const filled = Value.Default(schema, data);
    const value = isText ? Value.Convert(schema, filled) : filled;
    if (validator.Check(value)) return { value };
    const [first] = validator.Errors(value);
    return {
      error: new StanceError('bad-request', `${isText ? 'address' : 'body'}${first?.instancePath ?? ''} ${first?.message ?? 'is not of the expected form'}.`),
    };
  };
}

interface ServerOptions {
  readonly logger: NonNullable<FastifyServerOptions['logger']>;
  readonly tls?: TlsMaterial;
  readonly trustProxy: string | false;
  /** How long a request may take to arrive: slow headers and slow bodies end here. */
  readonly requestTimeoutMs: number;
}

/** The server itself: bounds, errors, headers. Routes come with `buildApp`. */
export function createServer({ logger, tls, trustProxy, requestTimeoutMs }: ServerOptions): FastifyInstance {
  const http = httpOptions(requestTimeoutMs);
  const options = {
    logger,
    trustProxy,
    // TLS 1.2 is what Windows 10 still speaks; older ones nobody does.
    ...(tls === undefined ? { http } : { https: { ...tls, ...http, minVersion: 'TLSv1.2' as const, handshakeTimeout: requestTimeoutMs } }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    frameworkErrors,
    clientErrorHandler: refuseClient,
    routerOptions: { maxParamLength: 128 },
    // Bodies and addresses may hold what is nobody's business; what happened is logged where it happens.
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle' as const,
  };
  const app = fastify(options as FastifyServerOptions).setValidatorCompiler(({ schema, httpPart }) => compileValidator(schema as TSchema, httpPart !== 'body'));
  // JSON and evidence; nothing is taken as mere text.
  app.removeContentTypeParser(['text/plain', 'application/json']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, parseJsonBody(String(text))));
  // Members that a schema does not name are ignored, as AuthZEN asks; answers are written as they are.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('caller', null);
  registerTransport(app);
  registerProblems(app);
  return app;
}

export async function buildApp(app: FastifyInstance, context: Context): Promise<FastifyInstance> {
  await registerOpenApi(app, context);
  await app.register(async (routes) => {
    registerEnrollments(routes, context);
    registerDevices(routes, context);
    registerAssignment(routes, context);
    registerAdminTokens(routes, context);
    registerOsCatalog(routes, context);
    registerPolicies(routes, context);
    registerDiscovery(routes, context);
    registerStatusPage(routes);
  });
  // Each with content types of its own.
  const direct: DirectRoute[] = [];
  await app.register(async (routes) => void direct.push(registerEvidence(routes, context)));
  await app.register(async (routes) => registerLife(routes, context));
  await app.register(async (routes) => void direct.push(registerAuthzen(routes, context)));
  answerDirectly(app, direct, context.log);
  app.addHook('onClose', async () => {
    await context.inventory.settle();
    context.decisions.close();
    // No flush may still be under way on the file that is closed. Whoever waited for one that fails has been told so.
    await context.store.flushed().catch(() => undefined);
    context.store.close();
  });
  return app;
}
