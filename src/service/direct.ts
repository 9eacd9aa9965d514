/**
 * The requests that come all day, answered on Node's own HTTP: those of the plainest form, from whoever may send them.
 * Whatever is the least unusual about a request goes on to fastify, which takes or refuses it, as `app.inject` does with all of them:
 * both give the same answers (`test/service/direct.test.ts`, `direct-evidence.test.ts`).
 */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusalOf } from './problems.ts';
import { HEADERS } from './transport.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
const FIXED = Object.entries(HEADERS).flat();

/** A request that is there as a whole, and whom to tell. `From`: what its route must know of who sent it. */
export interface Arrived<From> {
  readonly from: From;
  readonly headers: IncomingHttpHeaders;
  /** The body; undefined where there is none. */
  readonly text: string | undefined;
  /** JSON of the answer. */
  readonly send: (json: string) => void;
  readonly refuse: (error: unknown) => void;
}

/** What is posted to one path. */
export interface DirectRoute<From = unknown> {
  readonly path: string;
  /** Content types as they are usually written; in other spellings they are fastify's. */
  readonly types: readonly string[];
  readonly maxBytes: number;
  /** Who sends, where that is known and allowed; undefined leaves it to fastify, and nothing has happened. */
  admit(request: IncomingMessage): From | undefined;
  take(arrived: Arrived<From>): void;
  /** The id that the answer echoes; left out: none. */
  requestIdOf?(headers: IncomingHttpHeaders): string | undefined;
}

/** The same of a request that fastify has taken. */
export const arrivedAt = <From>(from: From, { headers, body }: FastifyRequest, reply: FastifyReply): Arrived<From> => ({
  from,
  headers,
  text: typeof body === 'string' ? body : undefined,
  send: (json) => void reply.type(JSON_TYPE).send(json),
  refuse: (error) => void reply.send(error),
});

/** A body in one piece, as it is, of a length that is told and taken. */
function isPlain({ headers, httpVersion }: IncomingMessage, { types, maxBytes }: DirectRoute): boolean {
  return (
    httpVersion === '1.1' &&
    headers.host !== undefined &&
    types.includes(headers['content-type'] ?? '') &&
    Number(headers['content-length']) <= maxBytes &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined
  );
}

function send(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>, id: string | undefined, body: string): void {
  const length = Buffer.byteLength(body);
  const all = ['content-length', String(length), ...FIXED];
  for (const name in headers) all.push(name, headers[name] as string);
  if (id !== undefined) all.push('x-request-id', id);
  // A text of one byte for each character is the same in both, and under this name nothing is looked for in it.
  response.writeHead(status, all).end(body, length === body.length ? 'latin1' : 'utf8');
}

const ANSWER = { 'content-type': JSON_TYPE };

function read(request: IncomingMessage, response: ServerResponse, from: unknown, route: DirectRoute, log: FastifyBaseLogger): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  // Hung up before all of it was there: nobody waits for an answer.
  request.on('error', () => undefined);
  request.on('end', () => {
    const { headers } = request;
    const id = route.requestIdOf?.(headers);
    const [first] = chunks;
    route.take({
      from,
      headers,
      text: (first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)).toString(),
      send: (json) => send(response, 200, ANSWER, id, json),
      refuse(error) {
        const refusal = refusalOf(error, log);
        send(response, refusal.status, refusal.headers, id, refusal.body);
      },
    });
  });
}

/** Answers what these routes take before fastify looks at it. */
export function answerDirectly(app: FastifyInstance, routes: readonly DirectRoute[], log: FastifyBaseLogger): void {
  const { server } = app;
  const byPath = new Map(routes.map((route) => [route.path, route]));
  const others = server.listeners('request') as RequestListener[];
  let open = true;
  // What comes while the service ends is refused as everything is.
  app.addHook('preClose', (done) => {
    open = false;
    done();
  });
  server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
    const route = open && request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (route !== undefined && isPlain(request, route)) {
      const from = route.admit(request);
      if (from !== undefined) return read(request, response, from, route, log);
    }
    for (const other of others) other(request, response);
  });
}
