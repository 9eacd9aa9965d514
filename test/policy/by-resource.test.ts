/** Policies that are looked up by resource are those that a walk over all would have found to be about it, in the same order. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AccessPolicy, ResourceCondition } from '../../src/policy/access.ts';
import type { Asked } from '../../src/policy/asked.ts';
import { byResource } from '../../src/policy/by-resource.ts';
import { resourceConditions } from '../../src/policy/conditions/request.ts';
import { every } from '../../src/policy/truth.ts';

const id = fc.constantFrom('wiki', 'payroll', 'pay*', '*', 'w*i', '__proto__', 'constructor');
const condition: fc.Arbitrary<ResourceCondition> = fc.record({ type: fc.constantFrom('app', 'record'), id }, { requiredKeys: [] });
const list = fc.array(condition, { minLength: 1, maxLength: 3 });
const resources = fc.option(fc.oneof(list, fc.record({ include: list, exclude: list }, { requiredKeys: ['include'] }), fc.record({ exclude: list })), {
  nil: undefined,
});
const policies = fc.array(resources, { maxLength: 12 }).map((all) =>
  all.map((when, index) => ({
    compiled: index,
    document: { kind: 'access-policy', id: `p${index}`, state: 'enforced', when: when === undefined ? {} : { resources: when } } as AccessPolicy,
  })),
);

test('none is missed, and the order stays', () => {
  fc.assert(
    fc.property(
      policies,
      fc.constantFrom('app', 'record', 'other'),
      fc.constantFrom('wiki', 'payroll', 'elsewhere', '__proto__', 'constructor', 'toString'),
      (all, type, name) => {
        const asked = { input: { request: { resource: { type, id: name } } }, resourceProperties: {} } as unknown as Asked;
        const about = all
          .filter(({ document }) => every(resourceConditions(document.when.resources), ({ test: holds }) => holds(asked)) !== false)
          .map(({ compiled }) => compiled);
        const found = byResource(all, (list) => list)(name);
        expect(found.filter((one) => about.includes(one))).toEqual(about);
        expect([...found].sort((a, b) => a - b)).toEqual(found);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a policy for one resource is not looked at for another', () => {
  const one = { compiled: 'one', document: { when: { resources: [{ type: 'app', id: 'wiki' }] } } as unknown as AccessPolicy };
  const lookUp = byResource([one], (list) => list);
  expect([lookUp('wiki'), lookUp('payroll')]).toEqual([['one'], []]);
});
