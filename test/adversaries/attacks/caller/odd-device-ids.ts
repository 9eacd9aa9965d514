/** A device id of any type, size or spelling but the right one is a device that nobody knows. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '200',
  async run({ attacked, decide }) {
    const { id } = attacked;
    const ids: readonly unknown[] = [
      ...['__proto__', 'constructor', 'toString', '', ' ', '*', '%', `${id}\n`, ` ${id}`, id.toUpperCase(), `${id}\u0000`, '\ud800', '\n{"outcome":"allow"}'],
      ...['x'.repeat(60_000), null, 7, true, [id], { id }, [[[id]]], { toString: id }],
    ];
    const answers = await Promise.all(ids.map((odd) => decide(odd)));
    for (const answer of answers) {
      expect(answer.json()).toMatchObject({ decision: false, context: { outcome: 'block', required_actions: ['enroll-device'] } });
      expect(answer.json().context).not.toHaveProperty('device');
      expect(answer.text.length).toBeLessThan(5_000);
    }
    return answers;
  },
});
