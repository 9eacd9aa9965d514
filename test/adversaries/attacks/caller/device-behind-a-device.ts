/** Where the session names a device that is none, the device that an attribute of the person names does not stand in for it. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '200',
  async run({ attacked, post, token }) {
    const headers = await token('decide');
    const ask = (id: unknown) => ({
      subject: { type: 'user', id: 'you@example.com', properties: { device_id: attacked.id } },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { device: { id } },
    });
    const answers = await Promise.all([null, 7, '', 'nobody', { id: attacked.id }].map((id) => post('/access/v1/evaluation', ask(id), headers)));
    for (const answer of answers) expect(answer.json()).toMatchObject({ decision: false, context: { outcome: 'block' } });
    return answers;
  },
});
