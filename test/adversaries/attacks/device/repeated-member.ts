/** Claims in which a member stands twice, in whatever spelling and however deep, have two readings and are refused. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned } from '../../forge.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  run({ attacked, bystander, report }) {
    const text = JSON.stringify(attacked.claims(HEALTHY));
    const texts = [
      text.replace('{', `{"iss":"${bystander.id}",`),
      text.replace('{', '{"\\u0069ss":"x",'),
      text.replace('"state":"encrypted"', '"state":"plain","state":"encrypted"'),
      text.replace('"state":"encrypted"', '"state":"plain","\\u0073tate":"encrypted"'),
      text.replace('"stance":{', '"stance":{"kind" : "heartbeat",'),
    ];
    return Promise.all(texts.map(async (payload) => report(await forgeSigned(attacked.signer, payload))));
  },
});
