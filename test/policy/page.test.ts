/** `docs/policies.md`: what it shows is one folder of policies that is valid, whose cases pass, and commands that there are. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.ts';
import { loadPolicies, runTests } from '../../src/policy/index.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/policies.md'), 'utf8');
const blocks = (language: string): string[] => [...page.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

test('its examples are one folder of valid policies', () => {
  const set = loadPolicies(blocks('yaml').map((text, index) => ({ name: `${index}.yaml`, text })));
  expect([set.baselines.length, set.accessPolicies.length, set.exemptions.length, set.tests.length]).toEqual([1, 6, 1, 1]);
  const results = set.tests.flatMap(({ document }) => runTests(set, document, { reportIntervalMs: 300_000 }));
  expect(results.map(({ name, differences }) => ({ name, differences }))).toEqual(results.map(({ name }) => ({ name, differences: [] })));
  expect(results.length).toBeGreaterThan(3);
});

test('its commands are there, with the options that it shows', () => {
  const lines = blocks('sh').flatMap((text) => text.split('\n').filter((line) => line !== ''));
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) {
    const [, group, name] = line.split(' ');
    const command = COMMANDS.find((one) => one.name.startsWith(`${group} ${name}`));
    const known = command?.options.map(({ long }) => long) ?? [];
    const shown = [...(line.split('#')[0] ?? '').matchAll(/--[a-z-]+/g)].map(([option]) => option);
    expect({ line, unknown: shown.filter((option) => !known.includes(option)), command: command !== undefined }).toEqual({ line, unknown: [], command: true });
  }
});
