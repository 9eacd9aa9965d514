/** Questions that are answered before fastify looks at them are answered as fastify answers them, and refused as it refuses them. */
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { ADMIN, createTestService, type TestService } from './service.ts';

const PATH = '/access/v1/evaluation';
const QUESTION = { subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };
const TEXT = JSON.stringify(QUESTION);

interface Asked {
  readonly method?: string;
  readonly path?: string;
  /** `undefined`: without that header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}
interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const headersOf = ({ headers = {}, body = TEXT }: Asked): Record<string, string> => {
  const usual = { host: 'x', authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
  return Object.fromEntries(Object.entries({ ...usual, ...headers }).filter((header): header is [string, string] => header[1] !== undefined));
};

/** What differs from one answer to the next is left out. */
function told(status: number, headers: Readonly<Record<string, unknown>>, text: string): Told {
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, 'content-length': length, ...rest } = headers as Record<string, string>;
  const body = JSON.parse(text) as { context?: { id?: string } };
  expect(Number(length)).toBe(Buffer.byteLength(text));
  if (body.context?.id !== undefined) {
    expect(body.context.id).toMatch(/^[0-9a-f-]{36}$/);
    body.context.id = 'some id';
  }
  return { status, headers: rest, body };
}

/** Over a socket, as callers ask. */
function ask(service: TestService, asked: Asked): Promise<Told> {
  const { method = 'POST', path = PATH, body = TEXT } = asked;
  const head = Object.entries(headersOf(asked)).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('error', reject).on('data', (chunk) => {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const [top = '', answer] = text.split('\r\n\r\n');
      const [first = '', ...lines] = top.split('\r\n');
      const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
      if (answer === undefined || Buffer.byteLength(answer) < Number(headers['content-length'])) return;
      socket.destroy();
      resolve(told(Number(first.split(' ')[1]), headers, answer));
    });
    socket.write(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
    socket.write(body);
  });
}

/** Below the sockets, where all is fastify's. */
async function inject(service: TestService, asked: Asked): Promise<Told> {
  const { method = 'POST', path = PATH, body = TEXT } = asked;
  const answer = await service.app.inject({ method: method as 'POST', url: path, headers: headersOf(asked), payload: body });
  return told(answer.statusCode, answer.headers, answer.body);
}

const CASES: Readonly<Record<string, Asked>> = {
  'a plain question': {},
  'one with a charset': { headers: { 'content-type': 'application/json; charset=utf-8' } },
  'one in another spelling of the type': { headers: { 'content-type': 'Application/JSON;charset=UTF-8' } },
  'one that is named': { headers: { 'x-request-id': 'abc-1' } },
  'one that is named by what is no name': { headers: { 'x-request-id': 'a b' } },
  'one in another language': { body: JSON.stringify({ ...QUESTION, subject: { type: 'user', id: 'Jörg „der Große“ 🦊' } }) },
  'no token': { headers: { authorization: undefined } },
  'a token that nobody knows': { headers: { authorization: 'Bearer nobody' } },
  'another kind of token': { headers: { authorization: 'Basic YTpi' } },
  'no body': { body: '' },
  'no JSON': { body: '{"subject":' },
  'a member that stands twice': { body: TEXT.replace('{', '{"action":{"name":"read"},') },
  'no question': { body: '{"subject":{"type":"user"}}' },
  'a list': { body: '[]' },
  'a body that is too large': { body: JSON.stringify({ ...QUESTION, context: { text: 'x'.repeat(70_000) } }) },
  'one as large as is taken': { body: JSON.stringify({ ...QUESTION, context: { text: 'x'.repeat(60_000) } }) },
  'no UTF-8': { body: Buffer.concat([Buffer.from(TEXT.slice(0, -2)), Buffer.of(0xff, 0xfe), Buffer.from('"}}')]) },
  'another type of body': { headers: { 'content-type': 'text/plain' } },
  'no type of body': { headers: { 'content-type': undefined } },
  'a body that is packed': { headers: { 'content-encoding': 'gzip' } },
  'an expectation that cannot be met': { headers: { expect: 'a-miracle' } },
  'a question in the address': { path: `${PATH}?a=b` },
  'another address': { path: `${PATH}/` },
};

for (const [name, asked] of Object.entries(CASES)) {
  test(`${name}: over a socket as below it`, async () => {
    const service = await createTestService();
    expect(await ask(service, asked)).toEqual(await inject(service, asked));
    await service.close();
  });
}

test('a caller that asks too much is refused, and one that may not ask is', async () => {
  const service = await createTestService({ limits: { token: { burst: 3, perSecond: 0.001 } } });
  const { token } = (await service.call('POST', '/v1/tokens', { name: 'reader', scopes: ['read'] })).json();
  expect(await ask(service, { headers: { authorization: `Bearer ${token}` } })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const answers = [await ask(service, {}), await ask(service, {}), await ask(service, {})];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers[2]).toMatchObject({ headers: { 'retry-after': '1000' }, body: { code: 'rate-limited' } });
  await service.close();
});

test('a body that comes in pieces is one body, questions sent ahead are answered in turn, and a caller that hangs up harms nobody', async () => {
  const service = await createTestService();
  const port = Number(new URL(service.url).port);
  const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN}\r\nContent-Type: application/json\r\nContent-Length: ${TEXT.length}\r\n\r\n`;
  const left = connect(port, '127.0.0.1');
  left.on('error', () => undefined);
  await new Promise<void>((resolve) => left.write(head + TEXT.slice(0, 20), () => resolve()));
  left.resetAndDestroy();

  const socket = connect(port, '127.0.0.1');
  let said = '';
  const answered = new Promise<void>((resolve) =>
    socket.on('data', (chunk) => {
      said += chunk;
      if (said.match(/"max_age"/g)?.length === 3) resolve();
    }),
  );
  socket.setNoDelay(true);
  socket.write(head + TEXT.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(TEXT.slice(20) + (head + TEXT).repeat(2));
  await answered;
  expect(said.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  socket.destroy();
  await service.close();
});
