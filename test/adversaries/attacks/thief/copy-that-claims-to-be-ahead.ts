/** A thief of the key alone, who claims that the service lost a part of the chain, is found by the reports of the device. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-quarantined',
  afterwards: 'block',
  async run({ attacked, reportAs, decide }) {
    const [original, thief] = [{ ...attacked.chain }, { epoch: 'nobody-knows-this', seq: 1, prev: null, nonce: '' }];
    expect((await reportAs(thief)).json().code).toBe('chain-gap');
    expect((await reportAs(thief)).json().result).toBe('accepted');
    expect((await reportAs(original)).json().code).toBe('chain-fork');
    expect((await decide(attacked.id)).json().context.outcome).toBe('challenge');
    return reportAs(thief);
  },
});
