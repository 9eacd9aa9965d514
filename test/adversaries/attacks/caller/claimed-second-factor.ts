/** A second factor that a caller claims without the right to be believed lifts no suspicion. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

const claims = { amr: ['mfa'], terms_of_use: true, device: {} };

export default defineAttack({
  gets: '200',
  async prepare({ attacked, reportAs }) {
    const disk = { ...attacked.chain };
    await reportAs({ ...attacked.chain });
    await reportAs(disk);
  },
  async run({ attacked, token, post }) {
    const ask = (properties: object) => ({
      subject: { type: 'user', id: 'you@example.com', properties: { ...properties, groups: ['admins'] } },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki', properties },
      context: { ...properties, device: { id: attacked.id, compliance: 'compliant', state: 'active' } },
    });
    const answers = [await post('/access/v1/evaluation', ask(claims), await token('decide'))];
    for (const answer of answers) expect(answer.json()).toMatchObject({ decision: false, context: { outcome: 'challenge', required_actions: ['mfa'] } });
    return answers;
  },
});
