/** The public key of the device, known to anybody, is not taken for the secret of an HMAC. */
import { createHmac, createPublicKey } from 'node:crypto';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-algorithm',
  run({ attacked, report }) {
    const key = createPublicKey({ key: { ...attacked.signer.publicJwk }, format: 'jwk' });
    const secrets = [key.export({ type: 'spki', format: 'pem' }), key.export({ type: 'spki', format: 'der' }), JSON.stringify(attacked.signer.publicJwk)];
    return Promise.all(
      secrets.flatMap((secret) =>
        ['HS256', 'HS512'].map(async (alg) =>
          report(
            await forge({ ...headerOf(attacked.signer), alg }, attacked.claims(HEALTHY), (input) =>
              createHmac(alg === 'HS256' ? 'sha256' : 'sha512', secret)
                .update(input)
                .digest(),
            ),
          ),
        ),
      ),
    );
  },
});
