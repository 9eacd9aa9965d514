/** Errors on the wire: RFC 9457 problem documents with a stable code, and nothing of the inside. */
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyServerOptions } from 'fastify';
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

/** What is answered where something was refused, or failed. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
}

export function refusalOf(thrown: unknown, log: FastifyBaseLogger): Refusal {
  const known = thrown instanceof StanceError ? thrown : translate(thrown as FastifyError);
  if (known === undefined) log.error({ err: thrown }, 'request failed');
  // One line, without stacks: there may be many of them, and what the store said is all there is to say.
  else if (known.code === 'store-unavailable') log.warn({ cause: String(known.cause).slice(0, 200) }, 'the store takes nothing');
  const error = known ?? new StanceError('internal', 'Something went wrong here. The log of the service says what.');
  return {
    status: ERRORS[error.code].status,
    headers: {
      'content-type': `${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
      ...(error.code === 'unauthorized' ? { 'www-authenticate': 'Bearer realm="stance"' } : {}),
      ...(error.code === 'rate-limited' ? { 'retry-after': String(error.extra.retryAfter) } : {}),
    },
    body: JSON.stringify(problemOf(error)),
  };
}

export function registerProblems(app: FastifyInstance): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const { status, headers, body } = refusalOf(thrown, request.log);
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = new StanceError('not-found', `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`);
    return reply
      .code(404)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problemOf(error)));
  });
}
