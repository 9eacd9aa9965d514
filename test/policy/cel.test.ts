/** Conditions in CEL are answered by closures where they are plain, and the answers are the library's. */
import { expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { compileExpression } from '../../src/policy/cel.ts';
import { ASK, compileClosure, FAILS } from '../../src/policy/cel-closures.ts';

const NAMES = ['device', 'context'];
const environment = new Environment({ unlistedVariablesAreDyn: false });
for (const name of NAMES) environment.registerVariable(name, 'dyn');

function byLibrary(expression: string, over: Record<string, unknown>): boolean | undefined {
  try {
    const answer: unknown = environment.evaluate(expression, over);
    return typeof answer === 'boolean' ? answer : undefined;
  } catch {
    return undefined;
  }
}

const member = fc.constantFrom('id', 'tags', 'state', 'constructor', 'toString');
const text = fc.constantFrom('', 'a', 'b', 'id');
const literal = fc.oneof(
  text.map((one) => JSON.stringify(one)),
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '1',
    '-1',
    '1.0',
    '2.5',
    '7u',
    'b"a"',
    '[]',
    '["a"]',
    '["a", "id"]',
    '[1]',
    '[1.5, 2.5]',
    '["a", 1]',
    '{"id": 1}',
  ),
);
const { condition } = fc.letrec<{ path: string; term: string; condition: string }>((tie) => ({
  path: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...NAMES),
    fc.tuple(tie('path'), member).map(([of, name]) => `${of}.${name}`),
    fc
      .tuple(
        tie('path'),
        fc.oneof(
          member.map((name) => JSON.stringify(name)),
          literal,
        ),
      )
      .map(([of, name]) => `${of}[${name}]`),
  ),
  term: fc.oneof(
    { weight: 3, arbitrary: tie('path') },
    { weight: 2, arbitrary: literal },
    fc.tuple(tie('path'), tie('path')).map((both) => both.join(' + ')),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(tie('term'), fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in'), tie('term')).map((parts) => parts.join(' ')),
    tie('path'),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    tie('condition').map((one) => `!(${one})`),
    fc.tuple(tie('path'), member).map(([of, name]) => `has(${of}.${name})`),
    fc.tuple(tie('path'), tie('condition')).map(([of, one]) => `${of}.exists(x, x == "a" || (${one}))`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([one, two, three]) => `(${one}) ? (${two}) : (${three})`),
  ),
}));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 2.5)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(member, tie('value'), { noNullPrototype: true, maxKeys: 4 }),
    fc.dictionary(member, tie('value'), { noNullPrototype: true, maxKeys: 4 }),
  ),
}));
const over = fc.record<Record<string, unknown>>({ device: value, context: value }, { requiredKeys: ['context'] });

test('whatever is asked over whatever is told, the answer is that of the library', () => {
  fc.assert(
    fc.property(
      condition.filter((one) => environment.check(one).valid),
      fc.array(over, { minLength: 1, maxLength: 8 }),
      (expression, all) => {
        const compiled = compileExpression(expression, NAMES);
        expect(all.map((one) => compiled(one))).toEqual(all.map((one) => byLibrary(expression, one)));
      },
    ),
    { numRuns: 6000 },
  );
});

const isObject = (one: unknown): one is Record<string, unknown> => typeof one === 'object' && one !== null && !Array.isArray(one);

test('what is left out of what is asked over is looked up before anything is said of it', () => {
  fc.assert(
    fc.property(
      condition.filter((one) => environment.check(one).valid),
      over.filter(({ device }) => isObject(device) && Object.keys(device).length > 0),
      fc.nat(),
      (expression, whole, which) => {
        const device = whole.device as Record<string, unknown>;
        const names = Object.keys(device);
        const brief = { ...whole, device: { ...device, [names[which % names.length] ?? '']: ASK } };
        expect(compileExpression(expression, NAMES)(brief, () => whole)).toBe(byLibrary(expression, whole));
      },
    ),
    { numRuns: 6000 },
  );
});

const DEVICE = {
  state: 'active',
  platform: 'linux',
  tags: ['laptop'],
  evidence_age: 3,
  checks: { 'disk.encryption': { verdict: 'pass', value: { on: true } } },
};
/** What conditions are like, and what they come to without the library. */
const PLAIN: readonly (readonly [expression: string, device: unknown, comesTo: unknown])[] = [
  ['device != null && device.platform == "linux"', DEVICE, true],
  ['device != null && device.platform == "linux"', null, false],
  ['device.platform == "linux"', null, FAILS],
  ['device.platform == "linux" || device == null', null, true],
  ['device.nothing == "a" && device.platform == "win32"', DEVICE, false],
  ['device.evidence_age <= 3', DEVICE, true],
  ['"laptop" in device.tags', DEVICE, true],
  ['device.platform in ["darwin", "win32"]', DEVICE, false],
  ['device.checks["disk.encryption"].value.on', DEVICE, true],
  ['!(device.state == "suspect")', DEVICE, true],
];
test('what conditions are mostly like needs no library', () => {
  const answers = PLAIN.map(([expression, device]) => {
    const parsed = environment.parse(expression);
    parsed.check();
    return compileClosure(parsed.ast)({ device });
  });
  expect(answers).toEqual(PLAIN.map(([, , comesTo]) => comesTo));
});

test('what is not plain is asked of the library', () => {
  const parsed = environment.parse('device.tags.exists(tag, tag == "laptop")');
  expect(compileClosure(parsed.ast)({ device: DEVICE })).toBe(ASK);
  expect(compileExpression('device.tags.exists(tag, tag == "laptop")', NAMES)({ device: DEVICE })).toBe(true);
});
