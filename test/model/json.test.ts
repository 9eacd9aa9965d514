import { expect, test } from '@jest/globals';
import { canonicalJson } from '../../src/model/index.ts';

test('canonical JSON sorts members and leaves out undefined', () => {
  expect(canonicalJson({ b: 1, a: [true, null, { z: 'é', y: undefined }] })).toBe('{"a":[true,null,{"z":"é"}],"b":1}');
});
