/** A copied key whose coordinates are spelled otherwise, with other bits where none count, is the same key and does not join. */
import { defineAttack } from '../../attack.ts';
import { forgeSigned, headerOf, respell } from '../../forge.ts';
import { enrollmentClaims } from '../../joining.ts';

export default defineAttack({
  gets: '400 claims-malformed',
  async run(field) {
    const { signer } = field.attacked;
    const { x, y } = signer.publicJwk;
    const keys = [
      { ...signer.publicJwk, x: respell(x) },
      { ...signer.publicJwk, y: respell(y) },
      { ...signer.publicJwk, x: `+${x.slice(1)}` },
      { ...signer.publicJwk, y: `${y.slice(0, -1)}=` },
    ];
    return Promise.all(
      keys.map(async (jwk) => {
        const named = { publicJwk: jwk, sign: signer.sign };
        const proof = await forgeSigned(named, await enrollmentClaims(field, jwk), { ...headerOf(named), typ: 'stance-enrollment+jwt' });
        return field.post('/v1/enrollments', { token: await field.service.enrollmentToken(), proof });
      }),
    );
  },
});
