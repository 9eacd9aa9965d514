/** A key that the header brings or points to is not looked at, whoever signed with it. */

import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '403 signature-invalid',
  run({ attacked, report }) {
    const own = createSigner();
    const pointers = [{ jwk: own.publicJwk }, { jku: 'http://127.0.0.1:1/jwks.json' }, { x5u: 'http://127.0.0.1:1/' }, { x5c: ['AAAA'] }];
    return Promise.all(pointers.map(async (pointer) => report(await forgeSigned(own, attacked.claims(HEALTHY), { ...headerOf(attacked.signer), ...pointer }))));
  },
});
