/** Whether a device exists cannot be told from its nonces: those of unknown devices have the same form and come as fast. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';
import type { Answer } from '../../wire.ts';

const shapeOf = ({ headers, json }: Answer) => ({
  headers: Object.keys(headers).sort(),
  members: Object.entries(json()).map(([name, value]) => [name, String(value).length]),
});

export default defineAttack({
  gets: '200',
  async run({ attacked, post }) {
    const names = { known: attacked.id, unknown: '00000000-0000-4000-8000-000000000000', odd: '__proto__' };
    const times: Record<string, number[]> = { known: [], unknown: [], odd: [] };
    const answers: Answer[] = [];
    for (let round = 0; round < 25; round++) {
      for (const [kind, device] of Object.entries(names)) {
        const startedAt = performance.now();
        answers.push(await post('/v1/nonces', { purpose: 'evidence', device }));
        times[kind]?.push(performance.now() - startedAt);
      }
    }
    for (const answer of answers) expect(shapeOf(answer)).toEqual(shapeOf(answers[0] as Answer));
    // A class of time, not a measurement: what read the store, or signed, would be slower even at its quickest.
    const quickest = Object.values(times).map((kind) => Math.min(...kind));
    expect(Math.max(...quickest)).toBeLessThan(3 * Math.min(...quickest) + 1);
    return answers;
  },
});
