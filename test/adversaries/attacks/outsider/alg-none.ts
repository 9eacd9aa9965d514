/** Evidence whose header says that it needs no signature, in whatever spelling, is not taken for signed. */
import { EVIDENCE_TYPE } from '../../../../src/model/index.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forge, headerOf } from '../../forge.ts';

export default defineAttack({
  gets: '400 jws-algorithm',
  run: ({ attacked, report }) =>
    Promise.all(
      ['none', 'None', 'NONE', '', null, ['ES256'], undefined].map(async (alg) =>
        report(await forge({ ...headerOf(attacked.signer), alg, typ: EVIDENCE_TYPE }, attacked.claims(HEALTHY), new Uint8Array(64))),
      ),
    ),
});
