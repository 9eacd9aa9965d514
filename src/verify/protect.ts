/** Middleware: the guard in the three shapes that servers take, Express (also Connect and `node:http`), Fastify, and fetch handlers. */
import { type Admitted, createGuard, type GuardOptions, type Refusal } from './guard.ts';

/** What is needed of a request of Express or Fastify. */
export interface IncomingRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Set once the request is let in. */
  stance?: Admitted;
}

export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

export interface FastifyReply {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: string): unknown;
}

export interface Protection {
  /** `app.use(protection.express)`: `(req, res, next)`; `req.stance` tells what was found. */
  readonly express: (request: IncomingRequest, response: ExpressResponse, next: () => void) => Promise<void>;
  /** `app.addHook('preHandler', protection.fastify)`; `request.stance` tells what was found. */
  readonly fastify: (request: IncomingRequest, reply: FastifyReply) => Promise<unknown>;
  /** A handler that answers for `handler` where it does not let in. */
  readonly fetch: <Rest extends readonly unknown[]>(
    handler: (request: Request, admitted: Admitted, ...rest: Rest) => Response | Promise<Response>,
  ) => (request: Request, ...rest: Rest) => Promise<Response>;
}

/** A header that came twice is none: which of both would count? */
const headerOf =
  ({ headers }: IncomingRequest) =>
  (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
const bodyOf = ({ problem }: Refusal): string => JSON.stringify(problem);

/**
 * Guards a server. `RequestType` is what `question` gets: the request as the framework has it.
 * @throws StanceError `usage`
 */
// biome-ignore lint/suspicious/noExplicitAny: frameworks' requests have nothing in common but headers, and the caller knows which it is.
export function protect<RequestType = any>(options: GuardOptions<RequestType>): Protection {
  const guard = createGuard(options);
  return {
    async express(request, response, next) {
      delete request.stance;
      const outcome = await guard(request as RequestType, headerOf(request));
      if ('admitted' in outcome) {
        request.stance = outcome.admitted;
        next();
        return;
      }
      response.statusCode = outcome.status;
      for (const [name, value] of Object.entries(outcome.headers)) response.setHeader(name, value);
      response.end(bodyOf(outcome));
    },
    async fastify(request, reply) {
      delete request.stance;
      const outcome = await guard(request as RequestType, headerOf(request));
      if ('admitted' in outcome) {
        request.stance = outcome.admitted;
        return undefined;
      }
      reply.code(outcome.status);
      reply.headers({ ...outcome.headers });
      reply.send(bodyOf(outcome));
      return reply;
    },
    fetch:
      (handler) =>
      async (request, ...rest) => {
        const outcome = await guard(request as RequestType, (name) => request.headers.get(name) ?? undefined);
        if ('admitted' in outcome) return handler(request, outcome.admitted, ...rest);
        return new Response(bodyOf(outcome), { status: outcome.status, headers: outcome.headers });
      },
  };
}
