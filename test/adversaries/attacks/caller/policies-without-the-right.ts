/** Who may ask and read puts no policies into force, neither new ones nor old ones, and does not try them on everybody's devices. */
import { defineAttack } from '../../attack.ts';

const OPEN_DOORS = { name: 'a.yaml', text: JSON.stringify({ kind: 'access-policy', id: 'open', state: 'enforced', when: {}, grant: { require: ['mfa'] } }) };

export default defineAttack({
  gets: '403 forbidden',
  async run({ token, post }) {
    const curious = await token('decide', 'assert', 'read');
    return [
      await post('/v1/policies', { files: [OPEN_DOORS], confirmImpact: 1_000_000 }, curious),
      await post('/v1/policies', { files: [OPEN_DOORS], dryRun: true }, curious),
      await post('/v1/policies/1/activation', { reason: 'x', confirmImpact: 1_000_000 }, curious),
    ];
  },
});
