/** Verdict, compliance, proof, assurance and owner are the service's to say: what evidence claims of them is not even looked at. */

import { signClaims } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { FAILING } from '../../field.ts';
import { withStance } from '../../forge.ts';

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked, report, service }) {
    const claim = { assurance: 'hardware-attested', compliance: 'compliant', state: 'active', owner: 'you@example.com', facts: { compliance: 'compliant' } };
    const readings = FAILING.map((reading) => ({ ...reading, verdict: 'pass', proof: 'measured', required: false }));
    service.pass(1000);
    const claims = withStance({ ...attacked.claims(FAILING), ...claim } as ReturnType<typeof attacked.claims>, { ...claim, readings });
    return report((await signClaims(claims, attacked.signer)).jws);
  },
});
