/** A signature of zeros, or of the order of the curve, or of ones, verifies under no key. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ONE = Buffer.alloc(32);
ONE[31] = 1;

export default defineAttack({
  gets: '403 signature-invalid',
  run: ({ attacked, report }) =>
    Promise.all(
      [Buffer.alloc(64), Buffer.concat([ORDER, ORDER]), Buffer.alloc(64, 0xff), Buffer.concat([ONE, ONE])].map(async (signature) =>
        report(await forge(headerOf(attacked.signer), attacked.claims(HEALTHY), signature)),
      ),
    ),
});
