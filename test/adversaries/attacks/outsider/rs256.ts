/** A good RSA signature by a key of the attacker's is of an algorithm that is not taken, and so are other curves and EdDSA. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-algorithm',
  run({ attacked, report }) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return Promise.all(
      ['RS256', 'PS256', 'ES384', 'EdDSA', 'ES256K'].map(async (alg) =>
        report(await forge({ ...headerOf(attacked.signer), alg }, attacked.claims(HEALTHY), (input) => sign('sha256', input, privateKey))),
      ),
    );
  },
});
