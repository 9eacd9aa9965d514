/**
 * Every attack of `attacks/`, each against a service of its own that listens on a socket: what it is answered, that nothing is
 * decided any better for it, that the innocent go on, and that the log neither swells nor tells.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERRORS, OUTCOMES } from '../../src/model/index.ts';
import { ADMIN } from '../service/service.ts';
import type { Attack } from './attack.ts';
import { createField, HEALTHY, look } from './field.ts';
import type { Answer } from './wire.ts';

const folder = path.join(import.meta.dirname, 'attacks');
const MAX_LOG_LINE = 2_000;

/** Status, and what the answer calls it. A refusal is a problem document, whole. */
function nameOf({ status, headers, text, json, answers = 1 }: Answer): string {
  expect(answers).toBe(1);
  if (status < 400) return `${status} ${String(headers['content-type']).includes('json') ? (json().result ?? '') : ''}`.trim();
  expect(headers['content-type']).toContain('application/problem+json');
  const { code, ...problem } = json();
  expect(problem).toMatchObject({ status, type: `urn:stance:error:${code}`, title: expect.any(String), detail: expect.any(String) });
  expect(ERRORS).toHaveProperty([code, 'status'], status);
  expect(text).not.toMatch(/\bat .*\.[jt]s:|node_modules|SQLITE/);
  return `${status} ${code}`;
}

/** At most a line for each request, each of them one, short, and nothing in it that opens anything. */
function expectFrugal(log: readonly string[], requests: number): void {
  expect(log.length).toBeLessThanOrEqual(requests);
  for (const line of log) {
    expect(line.trimEnd()).not.toContain('\n');
    expect(line.length).toBeLessThan(MAX_LOG_LINE);
    expect(JSON.parse(line).level).toBeLessThan(50);
    expect(line).not.toMatch(/eyJ|stance_[\w-]{20}|PRIVATE/);
    expect(line).not.toContain(ADMIN);
  }
}

const adversaries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
describe.each(adversaries.map(({ name }) => name))('%s:', (adversary) => {
  const files = readdirSync(path.join(folder, adversary)).sort();
  const sentence = (file: string): string => /^\/\*\* (.+?) \*\/\n/.exec(readFileSync(path.join(folder, adversary, file), 'utf8'))?.[1] ?? '';

  test.each(files.map((file) => [file, sentence(file)]))('%s — %s', async (file, said) => {
    expect(said).toMatch(/^[A-Z].*\.$/);
    const { default: attack } = (await import(path.join(folder, adversary, file))) as { default: Attack };
    const field = await createField(attack.service);
    try {
      await attack.prepare?.(field);
      const before = await look(field);
      const [sent, logged] = [field.sent(), field.log.length];
      const answers = [await attack.run(field)].flat();
      expectFrugal(field.log.slice(logged), field.sent() - sent);
      expect([...new Set(answers.map(nameOf))]).toEqual([attack.gets]);
      const after = await look(field);
      expect({ ...after, attacked: null }).toEqual({ ...before, attacked: null });
      expect(before.bystander.decision).toBe(true);
      expect({ outcome: after.attacked.outcome, assurance: after.attacked.kept.assurance, owner: after.attacked.kept.owner }).toEqual({
        outcome: attack.afterwards ?? before.attacked.outcome,
        assurance: before.attacked.kept.assurance,
        owner: before.attacked.kept.owner,
      });
      expect(OUTCOMES.indexOf(after.attacked.outcome)).toBeGreaterThanOrEqual(OUTCOMES.indexOf(before.attacked.outcome));
      expect(after.attacked.decision).toBe(after.attacked.outcome === 'allow');
      expect((await field.bystander.report(HEALTHY)).json()).toMatchObject({ result: 'accepted', compliance: 'compliant' });
    } finally {
      await field.service.close();
    }
  });
});
