/** The wire between an attacker and the service: HTTP as it should be, and bytes as they come. TCP, always. */
import http from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: http.OutgoingHttpHeaders;
  readonly text: string;
  /** Of an answer that is JSON. */
  readonly json: () => ReturnType<typeof JSON.parse>;
  /** How many answers came, one after the other: more than one for one request is a smuggled request. */
  readonly answers?: number;
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The address of this machine's loopback that it comes from. */
  readonly from?: string;
}

const GIVEN_UP_MS = 8_000;
const answerOf = (status: number, headers: http.IncomingHttpHeaders, text: string, answers = 1): Answer => ({
  ...{ status, headers, text, answers },
  json: () => JSON.parse(text),
});

/** One request on a connection of its own. */
export function send(url: string, method: string, path: string, { headers = {}, body, from }: Sending = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const where = { host: hostname, port, method, path, headers, agent: false, ...(from === undefined ? {} : { localAddress: from }) };
  const request = http.request(where, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('close', () => resolve(answerOf(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString())));
    incoming.on('error', reject);
  });
  request.setTimeout(GIVEN_UP_MS, () => request.destroy(new Error(`${method} ${path} is not answered`)));
  request.on('error', reject);
  request.end(body);
  return promise;
}

function parseAnswers(raw: string): Answer {
  const answers = raw.match(/^HTTP\/1\.1 (?!100)\d{3}/gm)?.length ?? 0;
  const [, status = '0', head = '', text = ''] = /HTTP\/1\.1 (?!100)(\d{3})[^\r]*\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(raw) ?? [];
  const headers = Object.fromEntries(head.split('\r\n').map((line) => [line.split(':')[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return answerOf(Number(status), headers, text, answers);
}

/**
 * Bytes on a socket, and what comes back until the service closes it; status 0 where nothing came back. Nothing that the attacker
 * sends asks for the closing, unless it says so. `drip`: sent every few milliseconds after the first, for as long as the socket is open.
 */
export function wire(url: string, bytes: string | Uint8Array, drip?: string | Uint8Array): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let dripping: NodeJS.Timeout | undefined;
  const socket = connect(Number(port), hostname, () => {
    socket.write(bytes);
    if (drip !== undefined) dripping = setInterval(() => socket.writable && socket.write(drip), 5);
  });
  const patience = setTimeout(() => {
    reject(new Error(`the connection is still open after ${GIVEN_UP_MS} ms; it said: ${Buffer.concat(chunks)}`));
    socket.destroy();
  }, GIVEN_UP_MS);
  socket.on('data', (chunk) => chunks.push(chunk));
  // A service that has said its last word need not wait for ours.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(patience);
    clearInterval(dripping);
    resolve(parseAnswers(Buffer.concat(chunks).toString()));
  });
  return promise;
}
