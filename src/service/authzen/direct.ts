/**
 * The one request that is asked all day, answered on Node's own HTTP: a question of the plainest form, by somebody who may ask it.
 * Whatever is the least unusual about a request goes on to fastify, which takes or refuses it, as `app.inject` does with all of them:
 * both give the same answers (`test/service/direct.test.ts`).
 */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { refusalOf } from '../problems.ts';
import type { Caller } from '../tokens.ts';
import { HEADERS, MAX_BODY_BYTES } from '../transport.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';
const TAKEN: ReadonlySet<string | undefined> = new Set([JSON_TYPE, 'application/json']);
const FIXED = Object.entries(HEADERS).flat();

/** A question, and whom to tell. */
export interface Asking {
  readonly caller: Caller | null;
  readonly text: string;
  /** JSON of the answer. */
  readonly send: (json: string) => void;
  readonly refuse: (error: unknown) => void;
}

export interface Direct {
  readonly path: string;
  /** Who asks, where that is known and allowed; nothing has happened where it is not. */
  readonly admit: (authorization: string | undefined) => Caller | undefined;
  readonly ask: (asking: Asking) => void;
  readonly log: FastifyBaseLogger;
}

/** AuthZEN 1.0 section 10.1.4: a request id is echoed; undefined for none, and for what is no id. */
export function requestIdOf({ 'x-request-id': id }: IncomingHttpHeaders): string | undefined {
  return typeof id === 'string' && id.length <= 200 && /^[\x21-\x7e]+$/.test(id) ? id : undefined;
}

/** A body in one piece, as it is, of a length that is told and taken. */
function isPlain({ headers, httpVersion }: IncomingMessage): boolean {
  return (
    httpVersion === '1.1' &&
    headers.host !== undefined &&
    TAKEN.has(headers['content-type']) &&
    Number(headers['content-length']) <= MAX_BODY_BYTES &&
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

function take(request: IncomingMessage, response: ServerResponse, caller: Caller, { ask, log }: Direct): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  // Hung up before all of it was there: nobody waits for an answer.
  request.on('error', () => undefined);
  request.on('end', () => {
    const id = requestIdOf(request.headers);
    const [first] = chunks;
    ask({
      caller,
      text: (first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)).toString(),
      send: (json) => send(response, 200, ANSWER, id, json),
      refuse(error) {
        const refusal = refusalOf(error, log);
        send(response, refusal.status, refusal.headers, id, refusal.body);
      },
    });
  });
}

/** Answers that question before fastify looks at it. */
export function answerDirectly(app: FastifyInstance, direct: Direct): void {
  const { server } = app;
  const others = server.listeners('request') as RequestListener[];
  let open = true;
  // What comes while the service ends is refused as everything is.
  app.addHook('preClose', (done) => {
    open = false;
    done();
  });
  server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (open && request.url === direct.path && request.method === 'POST' && isPlain(request)) {
      const caller = direct.admit(request.headers.authorization);
      if (caller !== undefined) return take(request, response, caller, direct);
    }
    for (const other of others) other(request, response);
  });
}
