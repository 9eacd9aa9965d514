/** Nonces are told apart by a MAC of our own making, of the standard kind. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMac } from '../../src/service/nonces.ts';

describe('the MAC of nonces', () => {
  test('is HMAC with SHA-256, whatever the key and the message, also when it was used for longer ones before', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 2000 }), fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 4 }),
        (key, messages) => {
          const mac = createMac(key);
          for (const [text, bytes] of messages)
            expect(mac(text, bytes).toString('hex')).toBe(createHmac('sha256', key).update(text).update(bytes).digest('hex'));
        },
      ),
    );
  });

  test('is that of RFC 4231, test case 2', () => {
    const mac = createMac(Buffer.from('Jefe'));
    expect(mac('what do ya want ', Buffer.from('for nothing?')).toString('hex')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });
});
