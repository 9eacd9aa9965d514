/** A member named __proto__ anywhere in the claims is refused; other names of objects' insides are only names. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned } from '../../forge.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  run({ attacked, report }) {
    const text = JSON.stringify(attacked.claims(HEALTHY));
    const texts = [
      text.replace('{', '{"__proto__":{"state":"active"},'),
      text.replace('"state":"encrypted"', '"__proto__":{"state":"encrypted"},"state":"plain"'),
      text.replace('{', '{"\\u005f_proto__":null,'),
    ];
    return Promise.all(texts.map(async (payload) => report(await forgeSigned(attacked.signer, payload))));
  },
});
