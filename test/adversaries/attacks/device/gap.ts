/** Evidence that leaves out what was before it, or is of an epoch that nobody opened, is told where to go on, and is not taken. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '409 chain-gap',
  async run({ attacked, reportAs }) {
    const chain = { ...attacked.chain };
    const answers = [];
    for (const place of [{ seq: chain.seq + 1 }, { seq: Number.MAX_SAFE_INTEGER }, { epoch: 'made-up', seq: 1, prev: null }]) {
      answers.push(await reportAs(Object.assign(chain, place)));
    }
    return answers;
  },
});
