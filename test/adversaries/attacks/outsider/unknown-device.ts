/** Evidence of a device that never joined is told so, and learns nothing that it did not know. */
import { expect } from '@jest/globals';
import { createSigner } from '../../../attest/device.ts';
import { defineAttack } from '../../attack.ts';
import { HEALTHY } from '../../field.ts';
import { forgeSigned } from '../../forge.ts';

export default defineAttack({
  gets: '404 device-unknown',
  async run({ attacked, report }) {
    const names = ['nobody', '__proto__', 'constructor', 'a\nb', '\u0000', attacked.id.toUpperCase(), ` ${attacked.id}`];
    const answers = await Promise.all(names.map(async (iss) => report(await forgeSigned(createSigner(), { ...attacked.claims(HEALTHY), iss }))));
    for (const answer of answers) expect(answer.json()).not.toMatchObject({ head: expect.anything() });
    return answers;
  },
});
