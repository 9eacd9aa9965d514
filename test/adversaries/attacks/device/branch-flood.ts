/** A device that forks its chain again and again is limited as one device, and fills neither the store nor the log. */
import { expect } from '@jest/globals';
import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { withStance } from '../../forge.ts';

export default defineAttack({
  gets: '429 rate-limited',
  afterwards: 'challenge',
  service: { limits: { device: { burst: 120, perSecond: 0 } } },
  async run({ attacked, report, nonce, service }) {
    const fork = async () => {
      attacked.chain.nonce = await nonce(attacked);
      return report((await signClaims(withStance(attacked.claims(HEALTHY), { prev: 'A'.repeat(43) }), attacked.signer)).jws);
    };
    for (let forks = 0; forks < 120; forks++) await fork();
    const { branches, chain } = (await service.call('GET', `/v1/devices/${attacked.id}`)).json();
    expect([branches.length, chain.closed.length]).toEqual([100, 16]);
    return fork();
  },
});
