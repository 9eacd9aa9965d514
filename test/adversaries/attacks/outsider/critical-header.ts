/** A header extension that has to be understood is not, so the JWS is refused, whatever it would change about the signing input. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-malformed',
  async run({ attacked, report }) {
    const headers = [{ crit: ['b64'], b64: false }, { crit: [] }, { crit: ['exp'], exp: 4e9 }, { kid: undefined }, { kid: 7 }, { kid: 'k'.repeat(101) }];
    return Promise.all(
      headers.map(async (more) => report(await forge({ ...headerOf(attacked.signer), ...more }, attacked.claims(HEALTHY), new Uint8Array(64)))),
    );
  },
});
