/** Whoever may not ask for decisions learns nobody's name from a search, nor from how it is refused. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '403 forbidden',
  async run({ token, post }) {
    const action = { name: 'open' };
    const searches: readonly [string, object][] = [
      ['subject', { subject: { type: 'user' }, action, resource: { type: 'app', id: 'wiki' } }],
      ['subject', { subject: { type: 'user' }, action, resource: { type: 'app', id: 'wiki' }, page: { limit: 0 } }],
      ['resource', { subject: { type: 'user', id: 'you@example.com' }, action, resource: { type: 'app' } }],
      ['action', { subject: { type: 'user', id: 'you@example.com' }, resource: { type: 'app', id: 'wiki' } }],
      ['action', { subject: { type: 'user', id: 'nobody@example.com' }, resource: { type: 'app', id: 'wiki' } }],
      ['subject', {}],
    ];
    const answers = [];
    for (const scope of ['read', 'assert']) {
      const caller = await token(scope);
      for (const [sought, body] of searches) answers.push(await post(`/access/v1/search/${sought}`, body, caller));
      expect(new Set(answers.map(({ text }) => text)).size).toBe(scope === 'read' ? 1 : 2);
    }
    return answers;
  },
});
