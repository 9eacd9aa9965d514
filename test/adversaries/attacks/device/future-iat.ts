/** Evidence that was signed in the future, by the service's clock, is refused with the service's time. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '409 clock-skew',
  async run({ attacked, report, service }) {
    const seconds = Math.floor(service.now() / 1000);
    const answers = await Promise.all([seconds + 601, seconds + 1e6, 253402300799].map(async (iat) => report((await attacked.sign({ iat }, HEALTHY)).jws)));
    for (const answer of answers) expect(Date.parse(answer.json().serviceTime)).toBe(service.now());
    return answers;
  },
});
