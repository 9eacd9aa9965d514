/** A question that could be read in two ways — two subjects, two devices, a __proto__, more depth than anything has — is not answered. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  async run({ attacked, post, token }) {
    const headers = await token('decide');
    const text = JSON.stringify({
      subject: { type: 'user', id: 'mallory' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { device: { id: attacked.id } },
    });
    const nested = (levels: number) => text.replace('"context":{', `"context":{\n"deep":${'['.repeat(levels)}${']'.repeat(levels)},`);
    const texts = [
      text.replace('{', '{"subject":{"type":"user","id":"you@example.com"},'),
      text.replace('"device":{', '"device":{"id":"nobody",'),
      text.replace('"device":{', '"device":{"\\u0069d":"nobody",'),
      text.replace('"context":{', '"context":{"__proto__":{"amr":["mfa"]},'),
      nested(25),
      nested(15_000),
    ];
    return Promise.all(texts.map((body) => post('/access/v1/evaluation', body, headers)));
  },
});
