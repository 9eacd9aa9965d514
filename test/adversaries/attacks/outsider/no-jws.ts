/** What is not a compact JWS of UTF-8 JSON, in canonical base64url, is refused before anything is believed of it. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { respell } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-malformed',
  async run({ attacked, report }) {
    const { jws } = await attacked.sign({}, HEALTHY);
    const [header = '', payload = '', signature = ''] = jws.split('.');
    return Promise.all(
      [
        'x',
        '..',
        'a.b.c.d.e',
        `${header}.${payload}`,
        `${jws}.`,
        `${header}=.${payload}.${signature}`,
        `${header}. ${payload}.${signature}`,
        `${header}.${payload}.${respell(signature)}`,
        `${Buffer.from('[]').toString('base64url')}.${payload}.${signature}`,
        `${Buffer.from('nonsense').toString('base64url')}.${payload}.${signature}`,
        `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${payload}.${signature}`,
        JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
      ].map(report),
    );
  },
});
