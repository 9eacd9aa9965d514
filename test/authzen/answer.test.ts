/** Decisions are put together as JSON from parts, and say what the decision says. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Decision, type DecisionContext, OBLIGATIONS, OUTCOMES, REQUIRED_ACTIONS } from '../../src/model/index.ts';
import { decisionJson } from '../../src/service/authzen/answer.ts';
import { wordsJson } from '../../src/service/json-text.ts';

/** With whatever could end a text before its time. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('policy-1', 'a"b', 'a\\', 'a\nb', '","', '\u2028', '\ud800', ''));
const words = fc.array(text, { maxLength: 4 });
const both = fc.record({ en: text, de: text });
const name = text.filter((one) => one !== '__proto__');

/** Named are all members that there are: one that is added to decisions is missing here until it is written too. */
type All<T> = { readonly [member in keyof Required<T>]: fc.Arbitrary<Required<T>[member]> };
const device: All<NonNullable<DecisionContext['device']>> = {
  id: text,
  compliance: fc.constantFrom('compliant', 'grace'),
  deadline: text,
  assurance: text,
  evidence_age: fc.nat(),
};
const policies: All<DecisionContext['policies']> = {
  satisfied: words,
  unmet: words,
  blocked: words,
  unknown: words,
  first_unmet: fc.dictionary(name, text, { noNullPrototype: true }),
  report_only: fc.array(fc.record({ id: text, result: fc.constantFrom('satisfied', 'unmet'), first_unmet: text }, { requiredKeys: ['id', 'result'] })),
};
const context: All<DecisionContext> = {
  id: text,
  outcome: fc.constantFrom(...OUTCOMES),
  reasons: fc.array(fc.record({ policy: text, admin: both, user: both }), { maxLength: 3 }),
  required_actions: fc.subarray([...REQUIRED_ACTIONS]),
  required_any: fc.array(fc.subarray([...REQUIRED_ACTIONS]), { maxLength: 2 }),
  obligations: fc.subarray([...OBLIGATIONS]),
  sign_in_frequency: fc.nat(),
  policy_version: text,
  policies: fc.record(policies),
  checks: fc.array(fc.record({ check: text, verdict: fc.constantFrom('fail', 'unknown'), because: text }), { maxLength: 2 }),
  to_do: fc.array(fc.record({ check: text, title: text, remedy: fc.record({ steps: fc.array(both, { maxLength: 2 }) }) }), { maxLength: 2 }),
  exemptions: fc.array(fc.record({ check: text, until: text, reason: text }), { maxLength: 2 }) as unknown as fc.Arbitrary<
    NonNullable<DecisionContext['exemptions']>
  >,
  device: fc.record(device, { requiredKeys: ['id', 'compliance', 'assurance', 'evidence_age'] }) as fc.Arbitrary<NonNullable<DecisionContext['device']>>,
  degraded: fc.constant(true),
  max_age: fc.nat(),
};
const decision = fc.record({
  decision: fc.boolean(),
  context: fc.record(context, {
    requiredKeys: ['id', 'outcome', 'reasons', 'required_actions', 'obligations', 'policy_version', 'policies', 'checks', 'to_do', 'max_age'],
  }),
}) as fc.Arbitrary<Decision>;

test('whatever was decided, the answer is JSON and says all of it and nothing else', () => {
  fc.assert(
    fc.property(decision, (one) => {
      expect(JSON.parse(decisionJson(one))).toEqual(JSON.parse(JSON.stringify(one)));
    }),
    { numRuns: 2000 },
  );
});

test('more words than are remembered are written all the same', () => {
  const many = Array.from({ length: 25_000 }, (_, index) => `"${index}`);
  expect(JSON.parse(wordsJson(many))).toEqual(many);
  expect(wordsJson(many.slice(0, 3))).toBe(JSON.stringify(many.slice(0, 3)));
});
