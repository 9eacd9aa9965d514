/** Guessing bearer tokens uses up the address that guesses, and ends in nothing but that. */
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '429 rate-limited',
  service: { limits: { address: { burst: 20, perSecond: 0.01 } } },
  async run({ send }) {
    const guess = () => send('GET', '/v1/devices', { headers: { authorization: `Bearer stance_${crypto.randomUUID()}` }, from: '127.0.0.9' });
    for (let guesses = 0; guesses < 20; guesses++) await guess();
    return Promise.all(Array.from({ length: 10 }, guess));
  },
});
