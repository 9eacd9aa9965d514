/** A copy that hurries into the new epoch, and looks well again, is found when its original reports. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-quarantined',
  afterwards: 'block',
  async run({ attacked, reportAs }) {
    const [original, copy] = [{ ...attacked.chain }, { ...attacked.chain }];
    await reportAs(original);
    for (const expected of ['chain-fork', 'accepted', 'accepted']) {
      const { code, result } = (await reportAs(copy)).json();
      expect(code ?? result).toBe(expected);
    }
    return reportAs(original);
  },
});
