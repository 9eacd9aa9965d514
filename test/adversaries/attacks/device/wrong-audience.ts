/** Evidence that was signed for another service is not taken here. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '400 audience-mismatch',
  run: ({ attacked, report }) =>
    Promise.all(
      ['urn:stance:service:another', attacked.joined.audience.toUpperCase(), `${attacked.joined.audience} `, '*'].map(async (aud) =>
        report((await attacked.sign({ aud }, HEALTHY)).jws),
      ),
    ),
});
