/** Claims that are nested deeper than anything is, up to all that fits into a body, are refused and nothing overflows. */
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 json-ambiguous',
  run({ attacked, report }) {
    const text = JSON.stringify(attacked.claims(HEALTHY));
    const deep = (open: string, close: string, levels: number) => text.replace('{', `{"x":${open.repeat(levels)}${close.repeat(levels)},`);
    const payloads = [deep('[', ']', 25), deep('[', ']', 80_000), text.replace('{', `{"x":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)},`)];
    const header = `{"x":${'['.repeat(30_000)}${']'.repeat(30_000)},${JSON.stringify(headerOf(attacked.signer)).slice(1)}`;
    return Promise.all([
      ...payloads.map(async (payload) => report(await forgeSigned(attacked.signer, payload))),
      forgeSigned(attacked.signer, text, header).then(report),
    ]);
  },
});
