/** Evidence without a signature, or with one that is too short or too long for ES256, is not a JWS. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-malformed',
  run: ({ attacked, report }) =>
    Promise.all([0, 32, 63, 65, 72].map(async (length) => report(await forge(headerOf(attacked.signer), attacked.claims(HEALTHY), new Uint8Array(length))))),
});
