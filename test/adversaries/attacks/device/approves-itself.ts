/** What a device adds to the form of joining — its state, its owner, its assurance, its keeper's word — changes nothing of what it becomes. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import { proofOf } from '../../joining.ts';

export default defineAttack({
  gets: '201',
  async run(field) {
    const more = { state: 'active', approves: true, owner: 'you@example.com', assurance: 'hardware-attested', predecessor: field.bystander.id };
    const proof = await proofOf(field, { claims: { ...more, stance: more } as object });
    const answer = await field.post('/v1/enrollments', { token: await field.service.enrollmentToken({}), proof, ...more, description: more });
    const { device } = answer.json();
    const kept = (await field.service.call('GET', `/v1/devices/${device}`)).json();
    expect(kept).toMatchObject({ state: 'pending', owner: null, assurance: 'software', predecessor: null });
    return answer;
  },
});
