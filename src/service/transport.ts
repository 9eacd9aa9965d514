/** HTTP below the routes: how long a request may take, and what Node itself refuses, in the words of the service. RFC 9110, RFC 9112. */
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { type ErrorCode, problemOf, StanceError } from '../model/index.ts';
import { PROBLEM_MEDIA_TYPE } from './problems.ts';

/**
 * Node looks for requests that are late only now and then, by default twice a minute, and gives headers a minute of their own.
 * A host is not asked for: nothing here depends on it, and what lacks one is refused in words.
 */
export const httpOptions = (requestTimeoutMs: number): ServerOptions => ({
  requestTimeout: requestTimeoutMs,
  headersTimeout: requestTimeoutMs,
  connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 10),
  requireHostHeader: false,
});

const REFUSED: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'Address and headers are larger than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body-too-large', 'The extensions of the chunks are larger than what they carry.'],
};

/** What is no HTTP, or comes too slowly: answered and hung up, unless an answer is on its way already. Nothing is logged of it. */
export function refuseClient(error: Error & { readonly code?: string }, socket: Socket): void {
  // Two answers to one request would be taken for answers to two.
  const { _httpMessage: answer } = socket as Socket & { readonly _httpMessage?: ServerResponse | null };
  if (error.code !== 'ECONNRESET' && socket.writable && !answer?.headersSent) {
    const problem = problemOf(new StanceError(...(REFUSED[error.code ?? ''] ?? (['bad-request', 'This is no request that can be understood.'] as const))));
    const body = JSON.stringify(problem);
    socket.write(
      `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy();
}

/** Why a request is not taken, whatever it asks. Bodies are taken as they are: nothing is unpacked here, so nothing can unfold. */
function transferProblem({ headers, httpVersion }: IncomingMessage): StanceError | undefined {
  if (headers.host === undefined && httpVersion === '1.1') return new StanceError('bad-request', 'The request names no host.');
  const { 'content-encoding': encoding, 'transfer-encoding': transfer, expect } = headers;
  if ((encoding !== undefined && encoding.toLowerCase() !== 'identity') || (transfer !== undefined && transfer.toLowerCase() !== 'chunked'))
    return new StanceError('encoding-unsupported', 'Send the body as it is: no encoding of it is understood.');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return new StanceError('bad-request', 'The expectation of the request cannot be met.');
  return undefined;
}

/** Largest body of any route but evidence, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Of every answer. */
export const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

/** How often an ending service hangs up on whoever asks nothing more, ms. */
const HANG_UP_EVERY_MS = 100;

export function registerTransport(app: FastifyInstance): void {
  // Node hangs up once, on those who ask nothing at that moment; whoever was being answered then would keep the service from ending for as long as it keeps connections.
  app.addHook('preClose', (done) => {
    if (app.server.listening) {
      const hangUp = setInterval(() => app.server.closeIdleConnections(), HANG_UP_EVERY_MS);
      app.server.once('close', () => clearInterval(hangUp));
    }
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(HEADERS);
    const problem = transferProblem(request.raw);
    // What follows on this connection may be the body that was not understood.
    if (problem !== undefined) void reply.header('connection', 'close').header('accept-encoding', 'identity');
    done(problem);
  });
  // Without a listener Node answers by itself, in no words at all.
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => app.server.emit('request', request, response));
}
