/** A key that the attacker made signs well, and is not the device's. */

import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned } from '../../forge.ts';

export default defineAttack({
  gets: '403 key-mismatch',
  run: async ({ attacked, report }) => report(await forgeSigned(createSigner(), attacked.claims(HEALTHY))),
});
