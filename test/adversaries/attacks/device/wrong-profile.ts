/** Claims of another profile mean something else, and are not read as ours. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '400 profile-unknown',
  run: ({ attacked, report }) =>
    Promise.all(
      ['tag:stance.example,2026:device-posture#2', 'tag:ietf.org,2026:rats/ear#03', '', undefined, 1, ['tag:stance.example,2026:device-posture#1']].map(
        async (eat_profile) => report((await attacked.sign({ eat_profile: eat_profile as string }, HEALTHY)).jws),
      ),
    ),
});
