/** Evidence that is taken before fastify looks at it is answered as fastify answers it, and refused as it refuses it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from '@jest/globals';
import { BASELINE_HEADER, EVIDENCE_MEDIA_TYPE, MAX_EVIDENCE_BYTES, OS_CATALOG_HEADER } from '../../src/model/index.ts';
import type { ServiceOptions } from '../../src/service/index.ts';
import { NONCE_LIFE_MS } from '../../src/service/nonces.ts';
import { createSigner, signClaims } from '../attest/device.ts';
import { type Asked, ask, converse, handledByFastify, hangUp, inject, portOf, textOf } from './raw-http.ts';
import { createTestService, joinDevice, type TestService } from './service.ts';

type Device = Awaited<ReturnType<typeof joinDevice>>;

const reporting = (body: string | Buffer, { headers = {}, ...change }: Partial<Asked> = {}): Asked => ({
  path: '/v1/evidence',
  headers: { 'content-type': EVIDENCE_MEDIA_TYPE, ...headers },
  body,
  ...change,
});

interface Case {
  /** Of the next evidence that the device would send: what is sent. */
  readonly body?: (jws: string, device: Device, service: TestService) => string | Buffer | Promise<string | Buffer>;
  /** When both have signed. */
  readonly before?: (service: TestService) => void;
  readonly asked?: Partial<Asked>;
  /** What is answered, and whether fastify handles it: what it refuses before it comes to a route, it does not. */
  readonly is: readonly [status: number, what: string];
  readonly handled?: number;
}

const typed = (type: string | undefined): Partial<Asked> => ({ headers: { 'content-type': type } });
const tooLarge = (): string => 'x'.repeat(MAX_EVIDENCE_BYTES + 1);

const CASES: Readonly<Record<string, Case>> = {
  'evidence in its place': { is: [200, 'accepted'] },
  'evidence that is named': { asked: { headers: { 'x-request-id': 'abc-1' } }, is: [200, 'accepted'] },
  'evidence with space around it': { body: (jws) => `\r\n ${jws}\n`, is: [200, 'accepted'] },
  'evidence with what only in UTF-8 is space around it': { body: (jws) => `\u00a0${jws}\ufeff`, is: [200, 'accepted'] },
  'evidence with what only in Latin-1 is space around it': { body: (jws) => Buffer.from(`\u00a0${jws}`, 'latin1'), is: [400, 'jws-malformed'] },
  'evidence with a query in the address': { asked: { path: '/v1/evidence?a=b' }, is: [200, 'accepted'], handled: 1 },
  'evidence in pieces': { asked: { chunked: true }, is: [200, 'accepted'], handled: 1 },
  'evidence over HTTP/1.0': { asked: { version: '1.0' }, is: [200, 'accepted'], handled: 1 },
  'evidence over HTTP/1.0 without a host': { asked: { version: '1.0', headers: { host: undefined } }, is: [200, 'accepted'], handled: 1 },
  'evidence whose body is to be asked for': { asked: { headers: { expect: '100-continue' } }, is: [200, 'accepted'], handled: 1 },
  'evidence whose encoding is none': { asked: { headers: { 'content-encoding': 'identity' } }, is: [200, 'accepted'], handled: 1 },
  'evidence from behind a proxy': { asked: { headers: { 'x-forwarded-for': '192.0.2.1' } }, is: [200, 'accepted'], handled: 1 },
  'a type with parameters': { asked: typed(`${EVIDENCE_MEDIA_TYPE}; charset=utf-8`), is: [200, 'accepted'], handled: 1 },
  'a type in another spelling': { asked: typed('Application/EAT+JWT'), is: [200, 'accepted'], handled: 1 },
  'the baseline that is known': { asked: { headers: { [BASELINE_HEADER]: '' } }, is: [200, 'accepted'] },
  'another catalogue': { asked: { headers: { [OS_CATALOG_HEADER]: '1' } }, is: [200, 'accepted'] },
  'the same a second time': {
    async body(jws, _device, service) {
      expect((await service.report(jws)).status).toBe(200);
      return jws;
    },
    is: [200, 'duplicate'],
  },
  'no body': { body: () => '', is: [400, 'jws-malformed'] },
  'no evidence': { body: () => 'nonsense', is: [400, 'jws-malformed'] },
  'not all of it': { body: (jws) => jws.slice(0, -10), is: [400, 'jws-malformed'] },
  'no ASCII': { body: (jws) => jws.replace('.', '.é'), is: [400, 'jws-malformed'] },
  'no UTF-8': {
    body: (jws) => Buffer.concat([Buffer.from(jws.slice(0, 100)), Buffer.of(0xff, 0xfe), Buffer.from(jws.slice(100))]),
    is: [400, 'jws-malformed'],
  },
  'another type of JWS': {
    body: (jws) => jws.replace(/^[^.]+/, Buffer.from('{"alg":"ES256","typ":"JWT","kid":"k"}').toString('base64url')),
    is: [400, 'jws-type'],
  },
  'evidence as large as is taken': { body: () => 'x'.repeat(MAX_EVIDENCE_BYTES), is: [400, 'jws-malformed'] },
  'too large, as it says': { body: tooLarge, asked: { headOnly: true }, is: [413, 'body-too-large'] },
  'too large, in pieces': { body: tooLarge, asked: { chunked: true }, is: [413, 'body-too-large'] },
  'another key': { body: async (_jws, device) => (await signClaims(device.claims(), createSigner())).jws, is: [403, 'key-mismatch'] },
  'a signature that was changed': {
    body: (jws) => jws.slice(0, jws.lastIndexOf('.') + 1) + Buffer.alloc(64, 7).toString('base64url'),
    is: [403, 'signature-invalid'],
  },
  'a device that nobody knows': {
    body: async (_jws, device) => (await device.sign({ iss: '00000000-0000-4000-8000-000000000000' })).jws,
    is: [404, 'device-unknown'],
  },
  'a nonce that is too old': { before: (service) => service.pass(NONCE_LIFE_MS + 1000), is: [409, 'nonce-expired'] },
  'another type of body': { asked: typed('application/octet-stream'), is: [415, 'unsupported-media-type'] },
  'a type that other routes take': { body: () => '{}', asked: typed('application/json'), is: [415, 'unsupported-media-type'], handled: 1 },
  'no type of body': { asked: typed(undefined), is: [415, 'unsupported-media-type'] },
  'neither type nor body': { body: () => '', asked: typed(undefined), is: [415, 'unsupported-media-type'], handled: 1 },
  'a body that is packed': { asked: { headers: { 'content-encoding': 'gzip' } }, is: [415, 'encoding-unsupported'] },
  'an expectation that cannot be met': { asked: { headers: { expect: 'a-miracle' } }, is: [400, 'bad-request'] },
  'another method': { asked: { method: 'PUT' }, is: [404, 'not-found'] },
  'another address': { asked: { path: '/v1/evidence/' }, is: [404, 'not-found'] },
};

/** One device asks over a socket, another one below it: the same evidence is not new a second time. */
for (const [name, { body = (jws: string) => jws, before, asked, is, handled = 0 }] of Object.entries(CASES)) {
  test(`${name}: over a socket as below it`, async () => {
    const service = await createTestService();
    const devices = [await joinDevice(service), await joinDevice(service)];
    const bodies = [];
    for (const device of devices) bodies.push(await body((await device.sign()).jws, device, service));
    before?.(service);
    const [one, other] = bodies.map((sent) => reporting(sent, asked)) as [Asked, Asked];
    const seen = await handledByFastify(() => ask(service, one));
    expect(seen.answer).toEqual(await inject(service, other));
    const { result, code } = seen.answer.body as { result?: string; code?: string };
    expect([seen.answer.status, result ?? code]).toEqual(is);
    expect(seen.handled).toBe(handled);
    const histories = devices.map(async ({ id }) => (await service.call('GET', `/v1/devices/${id}/history`)).json().history.length);
    const rows = await Promise.all(histories);
    expect(rows).toEqual(is[0] === 200 ? [1, 1] : [0, 0]);
    await service.close();
  });
}

test('evidence that names no host is refused', async () => {
  const service = await createTestService();
  const { jws } = await (await joinDevice(service)).sign();
  expect(await ask(service, reporting(jws, { headers: { host: undefined } }))).toMatchObject({ status: 400, body: { detail: 'The request names no host.' } });
  await service.close();
});

const limited = (options: Partial<ServiceOptions> = {}) => createTestService({ limits: { address: { burst: 4, perSecond: 0.001 } }, ...options });
const codeOf = ({ body }: Awaited<ReturnType<typeof ask>>): unknown => (body as { code?: string }).code;
const from = (address: string): Partial<Asked> => ({ headers: { 'x-forwarded-for': address } });

test('what is malformed counts against the address of the socket, whatever it says of whom it comes from', async () => {
  const service = await limited();
  const asked = reporting('nonsense');
  const codes = [
    await ask(service, asked),
    await inject(service, asked),
    await ask(service, reporting('nonsense', from('192.0.2.1'))),
    await ask(service, asked),
  ];
  expect(codes.map(codeOf)).toEqual(Array(4).fill('jws-malformed'));
  const refused = await ask(service, asked);
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1000' } });
  expect(refused).toEqual(await inject(service, asked));
  expect(codeOf(await ask(service, reporting('nonsense', from('192.0.2.1'))))).toBe('rate-limited');
  await service.close();
});

test('behind a proxy that is believed, it counts against the address that the proxy names', async () => {
  const service = await limited({ trustProxy: '127.0.0.1' });
  const codes: unknown[] = [];
  for (const address of [1, 1, 1, 1, 1, 2]) codes.push(codeOf(await ask(service, reporting('nonsense', from(`192.0.2.${address}`)))));
  expect(codes).toEqual([...Array(4).fill('jws-malformed'), 'rate-limited', 'jws-malformed']);
  expect(codeOf(await ask(service, reporting('nonsense')))).toBe('jws-malformed');
  await service.close();
});

test('evidence that comes in pieces is one evidence, and what is sent ahead is answered in turn', async () => {
  const service = await createTestService();
  const device = await joinDevice(service);
  const text = textOf(reporting((await device.sign()).jws));
  const answers = await converse(service, [text.slice(0, -500), text.slice(-500, -20), text.slice(-20) + text.repeat(2)], 3);
  expect(answers.map(([status, body]) => [status, JSON.parse(body).result])).toEqual(['accepted', 'duplicate', 'duplicate'].map((result) => ['200', result]));
  await service.close();
});

test('a device that hangs up before all of it is there has sent nothing, one that hangs up later has; neither is worth a word', async () => {
  const lines: string[] = [];
  const service = await createTestService({ log: { write: (line) => void lines.push(line) } });
  const device = await joinDevice(service);
  const asked = reporting((await device.sign()).jws);
  await hangUp(service, textOf(asked).slice(0, -20));
  expect(await ask(service, asked)).toMatchObject({ status: 200, body: { result: 'accepted' } });
  const other = await joinDevice(service);
  const next = reporting((await other.sign()).jws);
  expect(await handledByFastify(() => hangUp(service, textOf(next)))).toMatchObject({ handled: 0 });
  expect(await ask(service, next)).toMatchObject({ status: 200, body: { result: 'duplicate' } });
  expect(lines.filter((line) => JSON.parse(line).level > 30)).toEqual([]);
  await service.close();
});

test('evidence on its way when the service ends is taken, and what comes after it is refused', async () => {
  const service = await createTestService();
  const text = textOf(reporting((await (await joinDevice(service)).sign()).jws));
  const conversation = converse(service, [text.slice(0, -20), text.slice(-20), text], 2);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const closed = service.close();
  expect((await conversation).map(([status]) => status)).toEqual(['200', '503']);
  await closed;
});

test('a service that ends waits for what is on its way, and not for connections that are kept', async () => {
  const service = await createTestService();
  const text = textOf(reporting((await (await joinDevice(service)).sign()).jws));
  const socket = connect(portOf(service), '127.0.0.1');
  socket.write(text.slice(0, -20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closed = service.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(text.slice(-20));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => void chunks.push(chunk));
  await closed;
  await once(socket, 'close');
  expect(Buffer.concat(chunks).toString()).toContain('"result":"accepted"');
});
