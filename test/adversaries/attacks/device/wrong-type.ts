/** What was signed for another use of the key is not evidence: each has its own type, and none passes for another. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-type',
  run: ({ attacked, report }) =>
    Promise.all(
      ['JWT', 'at+jwt', 'EAT+JWT', 'eat+cwt', 'application/eat+jwt', 'stance-enrollment+jwt', 'stance-rotation+jwt', 'stance-retirement+jwt', undefined].map(
        async (typ) => report(await forgeSigned(attacked.signer, attacked.claims(HEALTHY), { ...headerOf(attacked.signer), typ })),
      ),
    ),
});
