/** A good signature under the device's key is not taken where the header names another. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  run: ({ attacked, bystander, report }) =>
    Promise.all(
      [headerOf(bystander.signer).kid, 'x', '__proto__', '../../key', "' OR 1=1 --"].map(async (kid) =>
        report(await forgeSigned(attacked.signer, attacked.claims(HEALTHY), { ...headerOf(attacked.signer), kid })),
      ),
    ),
});
