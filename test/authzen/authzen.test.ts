/** AuthZEN 1.0 against `stance serve` over HTTP: the cases of the Foundation's suite, by level. Its plans are an alpha, so nothing here is a certificate. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { corpus, describeWithCorpus } from '../corpus.ts';
import { levelOf, readCases, runCase, send } from './conformance.ts';
import { type Serving, serveFixture } from './serving.ts';

let service: Serving;
let token: string;
beforeAll(async () => {
  service = await serveFixture();
  token = await service.token('decide', 'assert');
});
afterAll(() => service.stop());

describeWithCorpus('the cases of the suite', () => {
  test('all pass but the one that contradicts the specification, and the table says so by level', async () => {
    const cases = readCases(path.join(corpus ?? '', 'conformance/authzen/cases.json'));
    const levels = [...new Set(cases.map(levelOf))].sort();
    const table = new Map(levels.map((level) => [level, { cases: 0, passed: 0, conflict: 0 }]));
    const wrong: string[] = [];
    for (const one of cases) {
      const row = table.get(levelOf(one)) as { cases: number; passed: number; conflict: number };
      row.cases++;
      const found = await runCase(one, service.url, token);
      if (found.length === 0) row.passed++;
      else if (one.conflict !== undefined) row.conflict++;
      else wrong.push(`${one.id}: ${found.join('; ')}`);
    }
    const lines = [...table].map(
      ([level, row]) => `${level}: ${row.passed} of ${row.cases}${row.conflict > 0 ? `, ${row.conflict} against the specification` : ''}`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(80);
    expect([...table.values()].reduce((sum, { conflict }) => sum + conflict, 0)).toBe(cases.filter(({ conflict }) => conflict !== undefined).length);
  });
});

test('a resource of an item replaces the default whole: half of one is not completed by half of the other', async () => {
  const body = {
    ...{ subject: { type: 'user', id: 'alice' }, action: { name: 'read' }, resource: { type: 'record' } },
    evaluations: [{ resource: { id: 'record-1' } }, { resource: { type: 'record', id: 'record-1' } }, {}],
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const { status, text } = await send(service.url, 'POST', '/access/v1/evaluations', headers, JSON.stringify(body));
  expect(status).toBe(200);
  const { evaluations } = JSON.parse(text);
  expect(evaluations.map(({ decision }: { decision: boolean }) => decision)).toEqual([false, true, false]);
  expect(evaluations[0].context.error).toEqual({ status: 400, message: expect.stringContaining('/resource') });
});

test('the metadata names where the service is, and every endpoint of it, each of which answers', async () => {
  const { policy_decision_point: base, ...endpoints } = (await (await fetch(new URL('/.well-known/authzen-configuration', service.url))).json()) as Record<
    string,
    string
  >;
  expect(base).toBe(service.url);
  expect(endpoints).toEqual({
    access_evaluation_endpoint: `${base}/access/v1/evaluation`,
    access_evaluations_endpoint: `${base}/access/v1/evaluations`,
    search_subject_endpoint: `${base}/access/v1/search/subject`,
    search_resource_endpoint: `${base}/access/v1/search/resource`,
    search_action_endpoint: `${base}/access/v1/search/action`,
  });
  for (const endpoint of Object.values(endpoints)) {
    const answer = await fetch(endpoint, { method: 'POST' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  }
});
