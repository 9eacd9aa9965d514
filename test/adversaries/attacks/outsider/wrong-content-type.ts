/** Evidence of another content type, such as a web page of somebody else can make a browser send, is not looked at. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';

export default defineAttack({
  gets: '415 unsupported-media-type',
  async run({ attacked, send, post }) {
    const { jws } = await attacked.sign({}, HEALTHY);
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jwt', 'application/eat+cwt', 'nonsense'];
    const enrollment = JSON.stringify({ purpose: 'enrollment' });
    return Promise.all([
      ...types.map((type) => post('/v1/evidence', jws, { 'content-type': type })),
      post('/v1/evidence', JSON.stringify({ jws })),
      send('POST', '/v1/evidence', { body: jws }),
      post('/v1/nonces', enrollment, { 'content-type': 'text/plain' }),
      post('/v1/nonces', enrollment, { 'content-type': 'application/eat+jwt-not' }),
    ]);
  },
});
