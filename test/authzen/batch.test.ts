/** Many evaluations in one request: defaults, semantics, what is denied in its place, and how many are too many. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pastDecisions } from '../../src/service/decision-history.ts';
import { openStore } from '../../src/service/index.ts';
import { folder } from '../service/service.ts';
import { alice, bob, type Caller, createCaller, record } from './caller.ts';

let caller: Caller;
beforeAll(async () => {
  caller = await createCaller();
});
afterAll(() => caller.service.close());

const read = { name: 'read' };
const write = { name: 'write' };
/** Bob may read, and may not write to what is in use. */
const yes = { action: read };
const no = { action: write };
const ofBob = { subject: bob, resource: record('record-1') };

describe('semantics', () => {
  test.each([
    ['execute_all', [no, yes, no], [false, true, false]],
    ['deny_on_first_deny', [yes, yes, no, yes, no], [true, true, false]],
    ['deny_on_first_deny', [yes, yes], [true, true]],
    ['deny_on_first_deny', [yes, {}, yes], [true, false]],
    ['permit_on_first_permit', [no, no, yes, no, yes], [false, false, true]],
    ['permit_on_first_permit', [no, no], [false, false]],
  ])('%s', async (semantic, evaluations, expected) => {
    expect(await caller.decisions({ ...ofBob, evaluations, options: { evaluations_semantic: semantic } })).toEqual(expected);
  });

  test('left out, all are decided; other options are nobody’s business', async () => {
    expect(await caller.decisions({ ...ofBob, evaluations: [no, yes, no] })).toEqual([false, true, false]);
    expect(await caller.decisions({ ...ofBob, evaluations: [no, yes], options: { another: 1 } })).toEqual([false, true]);
  });

  test.each([['first_come'], [''], ['EXECUTE_ALL'], [1], [null], ['constructor']])('%j is none, with a list and without', async (semantic) => {
    const options = { evaluations_semantic: semantic };
    expect((await caller.ask('evaluations', { ...ofBob, evaluations: [yes], options })).status).toBe(400);
    expect((await caller.ask('evaluations', { ...ofBob, action: read, options })).status).toBe(400);
  });
});

test('without a list, or with an empty one, it is a single evaluation, and refused like one', async () => {
  for (const list of [{}, { evaluations: [] }]) {
    const answer = await caller.ask('evaluations', { ...ofBob, action: read, ...list });
    expect(answer.json()).toMatchObject({ decision: true, context: { outcome: 'allow' } });
    expect(answer.json()).not.toHaveProperty('evaluations');
    expect((await caller.ask('evaluations', { ...ofBob, ...list })).status).toBe(400);
    expect((await caller.ask('evaluations', { ...ofBob, action: { name: 1 }, ...list })).status).toBe(400);
  }
});

test('a member of an item stands for the whole default, properties and all', async () => {
  const archived = record('record-1', { status: 'archived' });
  const body = {
    subject: alice,
    action: write,
    resource: archived,
    evaluations: [{}, { resource: record('record-1') }, { subject: { ...bob, properties: {} } }],
  };
  expect(await caller.decisions(body)).toEqual([false, true, true]);
});

test('what an item lacks is denied in its place, with what it would have been told alone, and the others go on', async () => {
  const bad = [{ resource: null }, { resource: 'record-1' }, { resource: { type: 'record' } }, { action: { name: 7 } }, { context: [] }, 'read', null, [], 7];
  const answer = await caller.ask('evaluations', { ...ofBob, action: read, evaluations: [{}, ...bad, {}] });
  expect(answer.status).toBe(200);
  const { evaluations } = answer.json();
  expect(evaluations.map(({ decision }: { decision: boolean }) => decision)).toEqual([true, ...bad.map(() => false), true]);
  for (const one of evaluations.slice(1, -1)) expect(one.context).toEqual({ error: { status: 400, message: expect.stringContaining('not of its form') } });
});

test('what is no object where one is due, and no list where a list is due, is refused whole', async () => {
  const wrong = [
    { subject: 'bob' },
    { action: 'read' },
    { resource: [] },
    { context: 'x' },
    { evaluations: {} },
    { evaluations: 'x' },
    { options: 'x' },
    { options: null },
  ];
  for (const part of wrong)
    expect([part, (await caller.ask('evaluations', { ...ofBob, action: read, evaluations: [{}], ...part })).status]).toEqual([part, 400]);
});

test('256 are decided, and one more is refused before any is', async () => {
  const many = (count: number) => ({ ...ofBob, action: read, evaluations: Array.from({ length: count }, () => ({})) });
  expect(await caller.decisions(many(256))).toHaveLength(256);
  expect((await caller.ask('evaluations', many(257))).json()).toMatchObject({ status: 400, code: 'bad-request' });
});

test('each evaluation counts against the token, so that batches are no way around the limit', async () => {
  const limited = await createCaller({ limits: { token: { burst: 10, perSecond: 0.001 } } });
  const items = (count: number) => ({ ...ofBob, action: read, evaluations: Array.from({ length: count }, () => ({})) });
  expect((await limited.ask('evaluations', items(6))).status).toBe(200);
  expect((await limited.ask('evaluations', items(6))).status).toBe(429);
  await limited.service.close();
});

test('properties are believed with the scope `assert` alone', async () => {
  const asAdmin = { subject: { ...alice, properties: { role: 'admin' } }, action: write, evaluations: [{ resource: record('record-2') }] };
  expect(await caller.decisions(asAdmin)).toEqual([true]);
  expect(await caller.decisions(asAdmin, await caller.token('decide'))).toEqual([false]);
});

test('a request id comes back with an answer and with a refusal, unless it could break a header', async () => {
  for (const path of ['evaluation', 'evaluations', 'search/subject']) {
    const answer = await caller.service.call('POST', `/access/v1/${path}`, {}, { 'x-request-id': 'r-1' });
    expect([answer.status, answer.headers['x-request-id']]).toEqual([400, 'r-1']);
    const stranger = await caller.service.call('POST', `/access/v1/${path}`, {}, { 'x-request-id': 'r-2', authorization: 'Bearer x' });
    expect([stranger.status, stranger.headers['x-request-id']]).toEqual([401, 'r-2']);
    expect((await caller.service.call('POST', `/access/v1/${path}`, {}, { 'x-request-id': 'a b' })).headers).not.toHaveProperty('x-request-id');
  }
});

test('what was decided is kept, each as if it had been asked alone; what a search tried is not', async () => {
  const own = path.join(folder(), 'own.db');
  const one = await createCaller({ store: `sqlite:${own}` });
  await one.decisions({ ...ofBob, evaluations: [yes, {}, no] });
  await one.find('subject', { subject: { type: 'user' }, action: read, resource: record('record-1') });
  await one.service.close();
  const store = openStore(`sqlite:${own}`);
  expect([...pastDecisions(store, 0)].map(({ outcome, input }) => [outcome, input.request.subject.id, input.request.action.name])).toEqual([
    ['allow', 'bob', 'read'],
    ['block', 'bob', 'write'],
  ]);
  store.close();
});
