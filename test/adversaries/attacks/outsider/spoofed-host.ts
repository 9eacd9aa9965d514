/** The host that a request names is nowhere taken for the service's own address. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '200',
  async run({ send }) {
    const headers = { host: 'other.example', 'x-forwarded-host': 'other.example', 'x-forwarded-proto': 'https' };
    const answers = await Promise.all(
      ['/.well-known/authzen-configuration', '/openapi.json', '/.well-known/jwks.json', '/'].map((path) => send('GET', path, { headers })),
    );
    for (const { text } of answers) expect(text).not.toContain('other.example');
    return answers;
  },
});
