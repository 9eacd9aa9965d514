/** A header in which the algorithm or the key stands twice is refused, before either is believed. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  run({ attacked, report }) {
    const text = JSON.stringify(headerOf(attacked.signer));
    return Promise.all(
      ['"alg":"none",', '"kid":"x",', '"\\u0061lg":"HS256",', '"__proto__":{"alg":"none"},'].map(async (twice) =>
        report(await forgeSigned(attacked.signer, attacked.claims(HEALTHY), text.replace('{', `{${twice}`))),
      ),
    );
  },
});
