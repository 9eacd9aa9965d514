/** A check that the evidence leaves out, as by an agent that was taught to, is unknown and not passed. */
import { defineAttack } from '../../attack.ts';
import { FAILING, healthyBut } from '../../field.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  run: async ({ attacked }) => [
    await attacked.report([]),
    await attacked.report(healthyBut('disk.encryption')),
    await attacked.report(healthyBut('disk.encryption', { check: 'disk.encryption ' })),
  ],
});
