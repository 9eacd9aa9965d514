/** One request to a service twice: over a socket, as callers ask, and below it, where all is fastify's. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { expect } from '@jest/globals';
import type { TestService } from './service.ts';

export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly version?: '1.0' | '1.1';
  /** `undefined`: without that header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body: string | Buffer;
  /** In pieces whose sizes are told, instead of all of it. */
  readonly chunked?: boolean;
  /** Only told of, not sent. */
  readonly headOnly?: boolean;
}
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export const portOf = ({ url }: TestService): number => Number(new URL(url).port);

const headersOf = ({ headers = {}, body }: Asked): Record<string, string> => {
  const all = { host: 'x', 'content-length': String(Buffer.byteLength(body)), ...headers };
  return Object.fromEntries(Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined));
};

/** What differs from one answer to the next, and from one device to another. */
const VARYING: Readonly<Record<string, RegExp>> = { id: /^[0-9a-f-]{36}$/, nonce: /^[\w.-]{20,}$/ };

function told(status: number, headers: Readonly<Record<string, unknown>>, text: string): Told {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, 'content-length': length, ...rest } = headers as Record<string, string>;
  expect(Number(length)).toBe(Buffer.byteLength(text));
  const body = JSON.parse(text) as Record<string, unknown>;
  for (const object of [body, body.context as Record<string, unknown> | undefined]) {
    for (const [name, form] of Object.entries(VARYING)) {
      if (object?.[name] === undefined) continue;
      expect(object[name]).toMatch(form);
      object[name] = `some ${name}`;
    }
  }
  return { status, headers: rest, body };
}

function bytesOf(asked: Asked): Buffer {
  const { method = 'POST', path, version = '1.1', body, chunked = false, headOnly = false } = asked;
  const { 'content-length': length, ...others } = headersOf(asked);
  const headers = { ...others, ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': length }) };
  const head = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  const sent = chunked ? [`${Buffer.byteLength(body).toString(16)}\r\n`, body, '\r\n0\r\n\r\n'] : [body];
  return Buffer.concat([`${method} ${path} HTTP/${version}\r\n${head.join('')}\r\n`, ...(headOnly ? [] : sent)].map((part) => Buffer.from(part)));
}

export function ask(service: TestService, asked: Asked): Promise<Told> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(service), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('error', reject).on('data', (chunk) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString().replace('HTTP/1.1 100 Continue\r\n\r\n', '');
      const [top = '', answer] = text.split('\r\n\r\n');
      const [first = '', ...lines] = top.split('\r\n');
      const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
      if (answer === undefined || Buffer.byteLength(answer) < Number(headers['content-length'])) return;
      socket.destroy();
      resolve(told(Number(first.split(' ')[1]), headers, answer));
    });
    socket.write(bytesOf(asked));
  });
}

/** There, what is asked is never in pieces, always of HTTP/1.1, and never without a host. */
export async function inject(service: TestService, asked: Asked): Promise<Told> {
  const { method = 'POST', path, body } = asked;
  const answer = await service.app.inject({ method: method as 'POST', url: path, headers: headersOf(asked), payload: body });
  return told(answer.statusCode, answer.headers, answer.body);
}

/** What it comes to, and how many requests fastify handled meanwhile. */
export async function handledByFastify<T>(meanwhile: () => Promise<T>): Promise<{ readonly answer: T; readonly handled: number }> {
  let handled = 0;
  const count = (): void => void handled++;
  subscribe('tracing:fastify.request.handler:start', count);
  const answer = await meanwhile();
  unsubscribe('tracing:fastify.request.handler:start', count);
  return { answer, handled };
}

/** Writes these pieces, each in a packet of its own, to one connection, until that many answers have come; statuses and bodies. */
export function converse(service: TestService, pieces: readonly string[], answers: number): Promise<readonly [status: string, body: string][]> {
  const socket = connect(portOf(service), '127.0.0.1').setNoDelay(true);
  return new Promise((resolve, reject) => {
    let said = '';
    socket.on('error', reject).on('data', (chunk) => {
      said += chunk;
      const all = [...said.matchAll(/HTTP\/1\.1 (\d+)[^\r]*\r\n[\s\S]*?\r\n\r\n(\{.*?\})(?=HTTP\/|$)/g)];
      if (all.length < answers) return;
      socket.destroy();
      resolve(all.map(([, status = '', body = '']) => [status, body]));
    });
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((next) => setTimeout(next, 20));
      }
    })();
  });
}

/** Sends this and is gone. */
export async function hangUp(service: TestService, sent: string): Promise<void> {
  const socket = connect(portOf(service), '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.write(sent, () => resolve()));
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

export const textOf = (asked: Asked): string => bytesOf(asked).toString();
