/** Searches: they find what evaluations permit, and nothing else; pages, and the tokens that lead from one to the next. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { directory, policy } from '../service/posture.ts';
import { folder } from '../service/service.ts';
import { alice, bob, type Caller, createCaller, record } from './caller.ts';

let caller: Caller;
beforeAll(async () => {
  caller = await createCaller();
});
afterAll(() => caller.service.close());

const read = { name: 'read' };
const write = { name: 'write' };
const readers = { subject: { type: 'user' }, action: read, resource: record('record-1') };

test('what is found is what is permitted, for everybody, everything and every action', async () => {
  const [users, actions, records] = [
    [alice, bob],
    ['delete', 'read', 'write'],
    [record('record-1'), record('record-2')],
  ];
  const permits = async (subject: object, name: string, resource: object): Promise<boolean> =>
    (await caller.ask('evaluation', { subject, action: { name }, resource })).json().decision;
  let permitted = 0;
  for (const subject of users) {
    for (const resource of records) {
      const found = await caller.find('action', { subject, resource });
      for (const name of actions) {
        const allowed = await permits(subject, name, resource);
        permitted += Number(allowed);
        expect(found.includes(name)).toBe(allowed);
        expect((await caller.find('subject', { subject: { type: 'user' }, action: { name }, resource })).includes(subject.id)).toBe(allowed);
        expect((await caller.find('resource', { subject, action: { name }, resource: { type: 'record' } })).includes(resource.id)).toBe(allowed);
      }
    }
  }
  expect(permitted).toBe(6);
});

test('what stands in the place that is sought is ignored', async () => {
  expect(await caller.find('subject', { ...readers, subject: { type: 'user', id: 'nobody' } })).toEqual(['alice', 'bob']);
  expect(await caller.find('resource', { subject: alice, action: write, resource: { type: 'record', id: 7 } })).toEqual(['record-1']);
  for (const action of [write, {}, 'write', null])
    expect(await caller.find('action', { subject: alice, resource: record('record-1'), action })).toEqual(['read', 'write']);
});

test('of whom or what nobody has heard, nothing is found', async () => {
  expect(await caller.find('subject', { ...readers, subject: { type: 'robot' } })).toEqual([]);
  expect(await caller.find('subject', { ...readers, subject: { type: 'identity' } })).toEqual(['alice', 'bob']);
  expect(await caller.find('subject', { ...readers, resource: record('record-9', { status: 'odd' }), action: write })).toEqual([]);
  for (const type of ['album', 'constructor', '__proto__'])
    expect((await caller.ask('search/resource', { subject: alice, action: read, resource: { type } })).json()).toEqual({ results: [] });
  expect(await caller.find('action', { subject: { type: 'user', id: 'nobody' }, resource: record('record-1') })).toEqual([]);
});

test('what is lacking is refused', async () => {
  const { subject, action, resource } = readers;
  const wrong: readonly [string, object][] = [
    ['subject', { action, resource }],
    ['subject', { subject: {}, action, resource }],
    ['subject', { subject: 'alice', action, resource }],
    ['subject', { subject, resource }],
    ['subject', { subject, action, resource: { type: 'record' } }],
    ['resource', { subject, action, resource }],
    ['resource', { subject: alice, action, resource: {} }],
    ['action', { subject, resource }],
    ['action', { subject: alice }],
  ];
  for (const [sought, body] of wrong) expect([sought, body, (await caller.ask(`search/${sought}`, body)).status]).toEqual([sought, body, 400]);
});

test('properties are believed with the scope `assert` alone, and nothing of the directory is told but type and id', async () => {
  const body = { subject: alice, action: write, resource: { type: 'record', properties: { status: 'active' } } };
  expect((await caller.ask('search/resource', body)).json()).toEqual({ results: [record('record-1'), record('record-2')] });
  expect((await caller.ask('search/resource', body, await caller.token('decide'))).json()).toEqual({ results: [record('record-1')] });
});

test('actions are those that policies name, unless they are off', async () => {
  const one = await createCaller({
    policies: [
      policy('all', { when: { actions: ['*'] } }),
      policy('old', { state: 'off', when: { actions: ['fax'] } }),
      policy('odd', { grant: { block: true }, when: { actions: ['burn'] } }),
      policy('new', { state: 'report-only', when: { actions: ['print', { name: 'open', properties: { how: 'softly' } }] } }),
    ],
  });
  expect(await one.find('action', { subject: alice, resource: record('x') })).toEqual(['open', 'print']);
  await one.service.close();
});

test('actions that the directory names are found too', async () => {
  const one = await createCaller({
    policies: [
      directory({ users: [{ id: 'alice' }], actions: ['fax', 'print'] }),
      policy('all', {}),
      policy('never', { grant: { block: true }, when: { actions: ['fax'] } }),
    ],
  });
  expect(await one.find('action', { subject: alice, resource: record('x') })).toEqual(['print']);
  await one.service.close();
});

describe('pages', () => {
  const many = (count: number) => [
    directory({ users: Array.from({ length: count }, (_, index) => ({ id: `u${index}`, groups: index % 3 === 0 ? ['in'] : [] })) }),
    policy('in', { when: { users: { include: ['group:in'] } } }),
  ];
  async function walk(from: Caller, limit?: number) {
    const pages: string[][] = [];
    for (let token: string | undefined; token !== ''; ) {
      const page = { ...(limit === undefined ? {} : { limit }), ...(token === undefined ? {} : { token }) };
      const answer = (await from.ask('search/subject', { ...readers, page })).json();
      expect(answer.page.count).toBe(answer.results.length);
      pages.push(answer.results.map(({ id }: { id: string }) => id));
      token = answer.page.next_token as string;
      expect(pages.length).toBeLessThan(50);
    }
    return pages;
  }

  test('hold everything once, whatever the limit; at most a thousand are tried for one', async () => {
    const big = await createCaller({ policies: many(2_500) });
    const everybody = Array.from({ length: 834 }, (_, index) => `u${index * 3}`);
    for (const limit of [100, 333, 1_000_000, undefined]) expect((await walk(big, limit)).flat()).toEqual(everybody);
    expect((await walk(big)).map((page) => page.length)).toEqual([334, 333, 167]);
    // Not asked for, and there all the same where there is more: an answer that is cut off says so.
    const { results, page } = (await big.ask('search/subject', readers)).json();
    expect([results.length, page.next_token]).toEqual([334, expect.stringMatching(/^[\w-]{27}$/)]);
    await big.service.close();
  });

  test('one that ends with the last candidate says that it is the last', async () => {
    expect(await walk(caller, 2)).toEqual([['alice', 'bob']]);
    expect(await walk(caller, 1)).toEqual([['alice'], ['bob']]);
    expect((await caller.ask('search/subject', readers)).json()).not.toHaveProperty('page');
  });

  test.each([[-1], [1.5], ['10'], [null], [1e10]])('a limit of %j is none', async (limit) => {
    expect((await caller.ask('search/subject', { ...readers, page: { limit } })).status).toBe(400);
  });

  test('a token is for the search that it came from, by the one who searched; another limit may be asked for', async () => {
    const { next_token: token } = (await caller.ask('search/subject', { ...readers, page: { limit: 1 } })).json().page;
    const status = async (sought: string, body: object, as?: string) => (await caller.ask(`search/${sought}`, { ...body, page: { token } }, as)).status;
    expect(await status('subject', readers)).toBe(200);
    expect(await status('subject', { ...readers, foo: 1, subject: { type: 'user', id: 'ignored' } })).toBe(200);
    expect(await status('subject', { ...readers, action: write })).toBe(400);
    expect(await status('subject', { ...readers, resource: record('record-2') })).toBe(400);
    expect(await status('subject', { ...readers, resource: record('record-1', { status: 'active' }) })).toBe(400);
    expect(await status('subject', { ...readers, context: { ip: '192.0.2.1' } })).toBe(400);
    expect(await status('resource', { ...readers, subject: alice })).toBe(400);
    expect(await status('subject', readers, await caller.token('decide', 'assert'))).toBe(400);
    expect((await caller.ask('search/subject', { ...readers, page: { token, limit: 9 } })).status).toBe(200);
  });

  test('a token that is bent, or made up, is none', async () => {
    const { next_token: token } = (await caller.ask('search/subject', { ...readers, page: { limit: 1 } })).json().page;
    const bytes = Buffer.from(token, 'base64url');
    const bent = Array.from(bytes, (byte, at) => Buffer.from(bytes.with(at, byte ^ 1)).toString('base64url'));
    for (const other of [...bent, '', 'x', `${token}=`, `${token} `, token.slice(0, -1), 7, null])
      expect([other, (await caller.ask('search/subject', { ...readers, page: { token: other } })).status]).toEqual([other, 400]);
  });

  test('a token outlives a restart, and ends with the policies that it was made by', async () => {
    const [state, page] = [folder(), { limit: 1 }];
    const first = await createCaller({ state, policies: many(9) });
    const { next_token: token } = (await first.ask('search/subject', { ...readers, page })).json().page;
    await first.service.close();
    const status = async (count: number): Promise<number> => {
      const again = await createCaller({ state, policies: many(count) });
      const answer = await again.ask('search/subject', { ...readers, page: { token } });
      await again.service.close();
      return answer.status;
    };
    expect([await status(9), await status(10)]).toEqual([200, 400]);
  });

  test('what is tried counts against the token', async () => {
    const limited = await createCaller({ policies: many(50), limits: { token: { burst: 40, perSecond: 0.001 } } });
    expect((await limited.ask('search/subject', { ...readers, page: { limit: 5 } })).status).toBe(200);
    expect((await limited.ask('search/subject', readers)).status).toBe(429);
    await limited.service.close();
  });
});
