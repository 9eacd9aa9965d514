/** Of two readings of one check neither is believed, whichever comes first. */
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  run: async ({ attacked }) => [await attacked.report([...FAILING, ...HEALTHY]), await attacked.report([...HEALTHY, ...FAILING])],
});
