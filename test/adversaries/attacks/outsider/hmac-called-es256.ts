/** An HMAC under the public key that is called ES256, filled up to 64 bytes, does not verify. */
import { createHmac, createPublicKey } from 'node:crypto';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '403 signature-invalid',
  async run({ attacked, report }) {
    const secret = createPublicKey({ key: { ...attacked.signer.publicJwk }, format: 'jwk' }).export({ type: 'spki', format: 'der' });
    return report(await forge(headerOf(attacked.signer), attacked.claims(HEALTHY), (input) => createHmac('sha512', secret).update(input).digest()));
  },
});
