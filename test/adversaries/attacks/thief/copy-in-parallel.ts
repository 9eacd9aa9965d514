/** A copy of the whole state that reports beside its original is suspect at the first report of the other, and quarantined at the next. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 device-quarantined',
  afterwards: 'block',
  async run({ attacked, reportAs, decide, service }) {
    const [original, copy] = [{ ...attacked.chain }, { ...attacked.chain }];
    expect((await reportAs(copy)).json().result).toBe('accepted');
    expect((await reportAs(original)).json().code).toBe('chain-fork');
    expect((await decide(attacked.id)).json().context.outcome).toBe('challenge');
    const answers = [await reportAs(copy), await reportAs(original)];
    expect((await service.call('GET', `/v1/devices/${attacked.id}/attestation-result`)).json().code).toBe('device-quarantined');
    return answers;
  },
});
