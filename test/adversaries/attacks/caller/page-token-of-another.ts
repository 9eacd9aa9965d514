/** A page token opens the search that it came from, for whoever searched, and no place of another. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 bad-request',
  async run({ token, post }) {
    const [decider, other] = [await token('decide'), await token('decide', 'assert')];
    const mine = { subject: { type: 'user' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } };
    const search = (sought: string, body: object, as = decider) => post(`/access/v1/search/${sought}`, body, as);
    const started = (await search('subject', { ...mine, page: { limit: 0 } })).json();
    expect(started).toMatchObject({ results: [], page: { next_token: expect.stringMatching(/./) } });
    const page = { token: started.page.next_token };
    // As it should be used it works, so what follows is refused for being another's.
    expect((await search('subject', { ...mine, page })).status).toBe(200);
    const forged = Buffer.from(page.token, 'base64url').fill(0xff, 0, 4).toString('base64url');
    return [
      await search('subject', { ...mine, page }, other),
      await search('subject', { ...mine, resource: { type: 'app', id: 'payroll' }, page }),
      await search('subject', { ...mine, context: { device: { id: 'x' } }, page }),
      await search('resource', { ...mine, subject: { type: 'user', id: 'you@example.com' }, page }),
      await search('subject', { ...mine, page: { token: forged } }),
    ];
  },
});
