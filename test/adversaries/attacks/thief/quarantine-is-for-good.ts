/** Out of quarantine leads no report, no retirement, no new key and no joining with the copied one. */
import { expect } from '@jest/globals';
import { signRetirement } from '../../../../src/attest/index.ts';
import { sha256 } from '../../../../src/attest/node.ts';
import { signClaims } from '../../../attest/device.ts';
import { joinDevice } from '../../../service/service.ts';
import { defineAttack } from '../../attack.ts';
import { rotationClaims } from '../../forge.ts';

export default defineAttack({
  gets: '403 device-quarantined',
  async prepare({ attacked, reportAs }) {
    const [original, copy] = [{ ...attacked.chain }, { ...attacked.chain }];
    for (const chain of [original, copy, original]) await reportAs(chain);
  },
  async run(field) {
    const { attacked, service, report, post, nonce } = field;
    expect((await joinDevice(service, attacked.signer)).joined.code).toBe('key-in-use');
    const fresh = await nonce(attacked, 'retirement');
    const claims = { iat: 1, jti: 'j', iss: attacked.id, aud: attacked.joined.audience, eat_nonce: fresh };
    return [
      await field.reportAs({ ...attacked.chain }),
      await report((await signClaims(await rotationClaims(attacked), attacked.signer)).jws),
      await post(`/v1/devices/${attacked.id}/retirement`, await signRetirement(claims, attacked.signer, sha256), { 'content-type': 'application/jwt' }),
    ];
  },
});
