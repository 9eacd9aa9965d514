/** Asking for decisions: only a clear yes allows; asked again within bounds; kept as long as the service says. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ClientOptions, createClient, type EvaluationRequest } from '../../src/verify/index.ts';
import { ADMIN, createTestService } from '../service/service.ts';

const QUESTION: EvaluationRequest = { subject: { type: 'user', id: 'ada' }, action: { name: 'read' }, resource: { type: 'app', id: 'payroll' } };
const allow = (maxAge = 0) => Response.json({ decision: true, context: { outcome: 'allow', max_age: maxAge } });

/** A client whose service gives these answers, the last of them for ever. */
function clientOf(answers: (() => Promise<Response> | Response)[], options: Partial<ClientOptions> = {}) {
  const seen = { calls: 0, requests: [] as RequestInit[] };
  const clock = { now: 0 };
  const client = createClient({
    server: 'https://posture.example.com',
    token: 't',
    now: () => clock.now,
    random: () => 0,
    fetch: async (_url, init) => {
      seen.requests.push(init);
      return (answers[Math.min(seen.calls++, answers.length - 1)] as () => Promise<Response>)();
    },
    ...options,
  });
  return { ...client, seen, clock };
}

test('a yes allows, and the question is asked as AuthZEN has it', async () => {
  const { decide, seen } = clientOf([() => allow()]);
  expect(await decide(QUESTION)).toMatchObject({ allowed: true, outcome: 'allow' });
  expect(seen.requests[0]).toMatchObject({ method: 'POST', redirect: 'error', headers: { authorization: 'Bearer t' } });
  expect(JSON.parse(String(seen.requests[0]?.body))).toEqual(QUESTION);
});

test('questions that differ in a date are two questions', async () => {
  const { decide, seen } = clientOf([() => allow(30)]);
  for (const at of [1, 2]) await decide({ ...QUESTION, context: { at: new Date(at) } });
  expect(seen.requests.map(({ body }) => JSON.parse(String(body)).context.at)).toEqual(['1970-01-01T00:00:00.001Z', '1970-01-01T00:00:00.002Z']);
});

test('a no tells why, in the language asked for, and what would help', async () => {
  const no = {
    decision: false,
    context: {
      outcome: 'challenge',
      reasons: [{ policy: 'p', admin: { en: 'A' }, user: { en: 'Sign in again.', de: 'Melde dich neu an.' } }],
      required_actions: ['mfa'],
      required_any: [['fix-device', 'enroll-device']],
    },
  };
  const { decide } = clientOf([() => Response.json(no)], { language: 'de' });
  expect(await decide(QUESTION)).toMatchObject({
    allowed: false,
    outcome: 'challenge',
    reasons: ['Melde dich neu an.'],
    requiredActions: ['mfa'],
    requiredAny: [['fix-device', 'enroll-device']],
  });
});

test('an answer is kept for max_age from when it was asked for, and not a millisecond longer', async () => {
  // It takes a second to be answered.
  const answer = () => {
    clock.now += 1000;
    return allow(30);
  };
  const { decide, seen, clock } = clientOf([answer]);
  await decide(QUESTION);
  clock.now = 29_999;
  await decide({ resource: QUESTION.resource, action: QUESTION.action, subject: QUESTION.subject });
  expect(seen.calls).toBe(1);
  clock.now = 30_000;
  await decide({ ...QUESTION, action: { name: 'write' } });
  expect(seen.calls).toBe(2);
  clock.now = 30_000;
  await decide(QUESTION);
  expect(seen.calls).toBe(3);
});

test.each([0, -5, '30', null, undefined])('an answer whose max_age is %p is not kept', async (maxAge) => {
  const { decide, seen } = clientOf([() => Response.json({ decision: true, context: { max_age: maxAge } })]);
  await decide(QUESTION);
  await decide(QUESTION);
  expect(seen.calls).toBe(2);
});

test('no more answers are kept than there is room for', async () => {
  const { decide, seen } = clientOf([() => allow(30)], { cacheSize: 2 });
  const ask = (id: string) => decide({ ...QUESTION, subject: { type: 'user', id } });
  for (const id of ['a', 'b', 'c', 'b', 'c']) await ask(id);
  expect(seen.calls).toBe(3);
  await ask('a');
  expect(seen.calls).toBe(4);
});

test('a failure is not kept', async () => {
  const { decide } = clientOf([() => new Response('', { status: 401 }), () => allow(30)]);
  expect((await decide(QUESTION)).failure?.code).toBe('unauthorized');
  expect((await decide(QUESTION)).allowed).toBe(true);
});

test('what may pass is asked three times at most, what does not once', async () => {
  const failing: [() => Promise<Response> | Response, string, number][] = [
    [() => Promise.reject(new TypeError('fetch failed')), 'service-unreachable', 3],
    [() => new Response('', { status: 503 }), 'service-unreachable', 3],
    [() => new Response('', { status: 429 }), 'rate-limited', 3],
    [() => new Response('', { status: 400 }), 'bad-request', 1],
    [() => new Response('', { status: 403 }), 'forbidden', 1],
    [() => new Response('', { status: 302 }), 'service-answer-invalid', 1],
    [() => new Response('<html>'), 'service-answer-invalid', 1],
    [() => new Response('x'.repeat(300_000)), 'service-answer-invalid', 1],
  ];
  for (const [answer, code, calls] of failing) {
    const { decide, seen } = clientOf([answer]);
    expect(await decide(QUESTION)).toMatchObject({ allowed: false, outcome: 'unknown', failure: { code } });
    expect([code, seen.calls]).toEqual([code, calls]);
  }
  const { decide, seen } = clientOf([() => new Response('', { status: 503 }), () => allow()]);
  expect((await decide(QUESTION)).allowed).toBe(true);
  expect(seen.calls).toBe(2);
});

test('a service that wants to be left alone longer than there is time is not asked again', async () => {
  const { decide, seen } = clientOf([() => new Response('', { status: 503, headers: { 'retry-after': '60' } })]);
  expect((await decide(QUESTION, { timeoutMs: 1000 })).allowed).toBe(false);
  expect(seen.calls).toBe(1);
});

test('pauses grow, and differ', async () => {
  const pauses: number[] = [];
  for (const random of [0, 1]) {
    const started = performance.now();
    const { decide } = clientOf([() => new Response('', { status: 503 })], { random: () => random, now: () => performance.now() });
    await decide(QUESTION);
    pauses.push(performance.now() - started);
  }
  // 100 and 200 ms, or none.
  expect(pauses[1]).toBeGreaterThan(290);
  expect(pauses[0]).toBeLessThan(200);
});

test('a service that hangs is a no when the time is over, even where fetch does not listen to its signal', async () => {
  const { decide, seen } = clientOf([() => new Promise<Response>(() => undefined)], { now: () => performance.now() });
  const started = performance.now();
  expect(await decide(QUESTION, { timeoutMs: 300 })).toMatchObject({ allowed: false, failure: { code: 'service-unreachable' } });
  expect(performance.now() - started).toBeLessThan(1500);
  expect(seen.calls).toBeGreaterThan(1);
  expect(seen.requests.every(({ signal }) => signal?.aborted)).toBe(true);
});

test('whatever is answered, and however it fails, only a decision that is true allows', async () => {
  const answers = fc.oneof(
    fc.json().map((text) => ({ text, status: 200 })),
    fc.record({ decision: fc.anything(), context: fc.anything() }).map((value) => ({ text: safeJson(value), status: 200 })),
    fc
      .record({ decision: fc.boolean(), outcome: fc.constantFrom('allow', 'restrict', 'challenge', 'block', 'perhaps', 1) })
      .map(({ decision, outcome }) => ({ text: JSON.stringify({ decision, context: { outcome } }), status: 200 })),
    fc.record({ text: fc.constant('{"decision":true}'), status: fc.integer({ min: 201, max: 599 }).filter((status) => ![204, 205, 304].includes(status)) }),
  );
  let yes = 0;
  await fc.assert(
    fc.asyncProperty(answers, async ({ text, status }) => {
      const { decide } = clientOf([() => new Response(text, { status })], { attempts: 1 });
      const { allowed, outcome } = await decide(QUESTION);
      const body = status === 200 ? JSON.parse(text) : undefined;
      if (!allowed) return;
      yes++;
      expect(body.decision).toBe(true);
      expect(['allow', 'restrict', 'unknown']).toContain(outcome);
    }),
    { numRuns: 500 },
  );
  expect(yes).toBeGreaterThan(0);
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return 'null';
  }
}

test('a question that cannot be asked is a no', async () => {
  const { decide } = clientOf([() => allow()]);
  const round: Record<string, unknown> = {};
  round.self = round;
  expect((await decide({ ...QUESTION, context: round })).allowed).toBe(false);
  expect((await decide(QUESTION, { timeoutMs: Number.NaN })).allowed).toBe(false);
});

test('plain HTTP is spoken on loopback only', () => {
  expect(() => createClient({ server: 'http://posture.example.com', token: 't' })).toThrow(expect.objectContaining({ code: 'insecure-url' }));
  expect(() => createClient({ server: 'nowhere', token: 't' })).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('a running service is understood', async () => {
  const service = await createTestService();
  const fetcher = async (url: string, init: RequestInit) => {
    const answer = await service.call('POST', new URL(url).pathname, String(init.body), init.headers as Record<string, string>);
    return new Response(answer.text, { status: answer.status });
  };
  const answer = await createClient({ server: 'https://posture.example.com', token: ADMIN, fetch: fetcher }).decide(QUESTION);
  expect(answer.failure).toBeUndefined();
  expect(answer.outcome).not.toBe('unknown');
  expect(answer.allowed).toBe(answer.context.outcome === 'allow');
  await service.close();
});
