/** A question of more than 64 KiB is not read. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '413 body-too-large',
  run: async ({ decide, post, token }) => [await decide('x'.repeat(70_000)), await post('/access/v1/evaluation', 'x'.repeat(70_000), await token('decide'))],
});
