import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, sameJson } from '../../src/model/index.ts';

test('canonical JSON sorts members and leaves out undefined', () => {
  expect(canonicalJson({ b: 1, a: [true, null, { z: 'é', y: undefined }] })).toBe('{"a":[true,null,{"z":"é"}],"b":1}');
});

/** Few names and few values, so that two of them are often nearly the same. */
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, fc.constantFrom(null, true, 0, 1, '', 'a'), fc.array(tie('any'), { maxLength: 3 }), tie('object')),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3 }),
})).any;

test('two values are the same JSON exactly when their canonical texts are', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect([
    sameJson({ a: undefined }, { b: 1 }),
    sameJson({ b: 1 }, { a: undefined }),
    sameJson([], {}),
    sameJson(JSON.parse('{"__proto__":{}}'), { a: 1 }),
    sameJson({ a: 1, b: 2 }, { b: 2, a: 1 }),
  ]).toEqual([false, false, false, false, true]);
});
