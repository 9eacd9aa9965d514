/** Two devices do not become one by taking one key, one after the other or both at once: a key that is or was a device's is no other's. */
import { expect } from '@jest/globals';
import { createSigner, signClaims } from '../../../attest/device.ts';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '409 key-in-use',
  async run({ attacked, report, service }) {
    const accomplices = await Promise.all([joinDevice(service), joinDevice(service)]);
    const rotation = async (device: typeof attacked, next: typeof attacked.signer) => (await signClaims(await rotationClaims(device, next), device.signer)).jws;
    const shared = createSigner();
    const both = await Promise.all(accomplices.map((device) => rotation(device, shared)));
    const answers = await Promise.all(both.map(report));
    const late = answers.findIndex(({ status }) => status !== 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, expect.any(Number)]);
    return [
      // The one that came second, again.
      await report(both[late] ?? ''),
      await report(await rotation(attacked, shared)),
      await report(await rotation(attacked, accomplices[0].signer)),
    ];
  },
});
