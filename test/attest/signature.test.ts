/** ES256 by our own turning of r ‖ s into DER: what Node's own way says of a signature, ours says too. */
import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { utf8 } from '../../src/attest/index.ts';
import { verifySignature } from '../../src/attest/node.ts';
import { createSigner } from './device.ts';

const signer = createSigner();
const key = createPublicKey({ key: { ...signer.publicJwk }, format: 'jwk' });
const asNode = (input: Uint8Array, signature: Uint8Array): boolean => verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature);

test('signatures verify whatever r and s begin with, and not with a bit of them turned', async () => {
  const begins = { zero: 0, high: 0, low: 0 };
  for (let count = 0; count < 1500; count++) {
    const input = utf8(`message ${count}`);
    const signature = Uint8Array.from(await signer.sign(input));
    for (const first of [signature[0] ?? 0, signature[32] ?? 0]) begins[first === 0 ? 'zero' : first >= 0x80 ? 'high' : 'low']++;
    expect(verifySignature(input, signature, signer.publicJwk)).toBe(true);
    signature[count % 64] = (signature[count % 64] ?? 0) ^ (1 << (count % 8));
    expect(verifySignature(input, signature, signer.publicJwk)).toBe(false);
  }
  expect(Object.values(begins).every((seen) => seen > 0)).toBe(true);
});

test('no bytes are taken for a signature that Node does not take', () => {
  const input = utf8('message');
  const half = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(255)));
  fc.assert(
    fc.property(half, half, (r, s) => {
      const signature = Uint8Array.from([...r, ...s]);
      expect(verifySignature(input, signature, signer.publicJwk)).toBe(asNode(input, signature));
    }),
  );
  for (const length of [0, 63, 65, 72]) expect(verifySignature(input, new Uint8Array(length), signer.publicJwk)).toBe(false);
});
