/** Questions that are answered before fastify looks at them are answered as fastify answers them, and refused as it refuses them. */
import { expect, test } from '@jest/globals';
import { type Asked, ask, converse, handledByFastify, hangUp, inject, textOf } from './raw-http.ts';
import { ADMIN, createTestService } from './service.ts';

const PATH = '/access/v1/evaluation';
const QUESTION = { subject: { type: 'user', id: 'ann' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };
const TEXT = JSON.stringify(QUESTION);

const asking = ({ headers = {}, ...change }: Partial<Asked> = {}): Asked => ({
  path: PATH,
  body: TEXT,
  headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json', ...headers },
  ...change,
});

const CASES: Readonly<Record<string, Partial<Asked>>> = {
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
  'a member in another language that stands twice': { body: TEXT.replace('{', '{"größe":1,"größe":2,') },
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

for (const [name, change] of Object.entries(CASES)) {
  test(`${name}: over a socket as below it`, async () => {
    const service = await createTestService();
    expect(await ask(service, asking(change))).toEqual(await inject(service, asking(change)));
    await service.close();
  });
}

test('fastify sees what is unusual, and nothing else', async () => {
  const service = await createTestService();
  const handled = async (change: Partial<Asked>): Promise<number> => (await handledByFastify(() => ask(service, asking(change)))).handled;
  for (const plain of [{}, { headers: { 'x-request-id': 'abc-1' } }, { headers: { 'x-forwarded-for': '192.0.2.1' } }, { body: '[]' }])
    expect(await handled(plain)).toBe(0);
  for (const unusual of [
    { headers: { 'content-type': 'application/json;charset=utf-8' } },
    { path: `${PATH}?a=b` },
    { version: '1.0' as const },
    { chunked: true },
  ])
    expect(await handled(unusual)).toBe(1);
  await service.close();
});

test('a caller that asks too much is refused, and one that may not ask is', async () => {
  const service = await createTestService({ limits: { token: { burst: 3, perSecond: 0.001 } } });
  const { token } = (await service.call('POST', '/v1/tokens', { name: 'reader', scopes: ['read'] })).json();
  const refused = await ask(service, asking({ headers: { authorization: `Bearer ${token}` } }));
  expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const answers = [await ask(service, asking()), await ask(service, asking()), await ask(service, asking())];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers[2]).toMatchObject({ headers: { 'retry-after': '1000' }, body: { code: 'rate-limited' } });
  await service.close();
});

test('a body that comes in pieces is one body, questions sent ahead are answered in turn, and a caller that hangs up harms nobody', async () => {
  const service = await createTestService();
  const text = textOf(asking());
  await hangUp(service, text.slice(0, -20));
  const answers = await converse(service, [text.slice(0, -20), text.slice(-20) + text.repeat(2)], 3);
  expect(answers.map(([status]) => status)).toEqual(['200', '200', '200']);
  await service.close();
});
