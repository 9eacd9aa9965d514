/** Errors on the wire: RFC 9457 problem documents with a stable code, and nothing of the inside. */
import type { FastifyError, FastifyInstance, FastifyServerOptions } from 'fastify';
import { ERRORS, type ErrorCode, problemOf, StanceError } from '../model/index.ts';
import { isUnavailable } from './store/sql.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** What fastify itself refuses, and the store, in our codes. */
function translate(error: FastifyError): StanceError | undefined {
  if (isUnavailable(error)) return new StanceError('store-unavailable', 'It could not be stored, so it has not happened. Try again.', { cause: error });
  const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than this route takes.'],
    FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'This route does not take that content type.'],
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'The length of the body is not what Content-Length says.'],
  };
  const [code, message] = codes[error.code] ?? (error.statusCode === 400 ? (['bad-request', 'The request is not of the expected form.'] as const) : []);
  return code === undefined ? undefined : new StanceError(code, message ?? '');
}

/** Refusals before there is a route, such as an address that is not one. */
export const frameworkErrors: NonNullable<FastifyServerOptions['frameworkErrors']> = (error, _request, reply) => {
  const problem = problemOf(translate(error) ?? new StanceError('bad-request', 'The address cannot be read.'));
  const body = JSON.stringify(problem);
  // Below fastify's own reply, whose types only know routes.
  reply.raw.writeHead(problem.status, { 'content-type': PROBLEM_MEDIA_TYPE, 'content-length': Buffer.byteLength(body) }).end(body);
};

export function registerProblems(app: FastifyInstance): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const known = thrown instanceof StanceError ? thrown : translate(thrown);
    if (known === undefined) request.log.error({ err: thrown }, 'request failed');
    // One line, without stacks: there may be many of them, and what the store said is all there is to say.
    else if (known.code === 'store-unavailable') request.log.warn({ cause: String(known.cause).slice(0, 200) }, 'the store takes nothing');
    const error = known ?? new StanceError('internal', 'Something went wrong here. The log of the service says what.');
    if (error.code === 'unauthorized') void reply.header('www-authenticate', 'Bearer realm="stance"');
    if (error.code === 'rate-limited') void reply.header('retry-after', String(error.extra.retryAfter));
    return reply
      .code(ERRORS[error.code].status)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemOf(error)));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new StanceError('not-found', `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`);
    return reply
      .code(404)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemOf(error)));
  });
}
