/** The healthy device of one person is no proof for another: who signs in with a stolen password from nowhere cannot point to it. */
import { expect } from '@jest/globals';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '200',
  async prepare(field) {
    field.attacked = await joinDevice(field.service, undefined, { grant: { approves: true, owner: 'you@example.com' } });
    await field.attacked.report(HEALTHY);
  },
  async run({ attacked, decide }) {
    expect((await decide(attacked.id)).json().decision).toBe(true);
    const answers = await Promise.all(['mallory', 'YOU@EXAMPLE.COM', 'you@example.com ', '\u0000you@example.com'].map((person) => decide(attacked.id, person)));
    for (const answer of answers) expect(answer.json()).toMatchObject({ decision: false, context: { outcome: 'block' } });
    return answers;
  },
});
