/** A key that is no point of the curve, or the point at infinity, proves nothing. */

import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { forge, headerOf } from '../../forge.ts';
import { enrollmentClaims } from '../../joining.ts';

export default defineAttack({
  gets: '403 signature-invalid',
  async run(field) {
    const { publicJwk } = createSigner();
    const keys = [
      { ...publicJwk, y: publicJwk.x },
      { ...publicJwk, x: 'A'.repeat(43), y: 'A'.repeat(43) },
    ];
    return Promise.all(
      keys.map(async (jwk) => {
        const header = { ...headerOf({ publicJwk: jwk, sign: async (input) => input }), typ: 'stance-enrollment+jwt' };
        const proof = await forge(header, await enrollmentClaims(field, jwk), new Uint8Array(64));
        return field.post('/v1/enrollments', { token: await field.service.enrollmentToken(), proof });
      }),
    );
  },
});
