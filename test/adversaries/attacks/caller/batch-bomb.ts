/** A small body that asks for thousands of decisions is refused before one is made, however the batch is dressed. */
import { expect } from '@jest/globals';
import { defineAttack } from '../../attack.ts';

export default defineAttack({
  gets: '400 bad-request',
  async run({ attacked, token, post, service }) {
    const decider = await token('decide');
    const made = async (): Promise<string | undefined> =>
      (await service.call('GET', '/metrics')).text
        .split('\n')
        .filter((line) => line.startsWith('stance_decisions_total'))
        .join();
    const before = await made();
    const defaults = {
      ...{ subject: { type: 'user', id: 'you@example.com' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' } },
      context: { device: { id: attacked.id } },
    };
    const bomb = (count: number, item: unknown = {}, more: object = {}) =>
      post('/access/v1/evaluations', { ...defaults, ...more, evaluations: Array.from({ length: count }, () => item) }, decider);
    const answers = [
      await bomb(257),
      await bomb(20_000),
      await bomb(20_000, 0),
      await bomb(257, {}, { options: { evaluations_semantic: 'permit_on_first_permit' } }),
      await bomb(257, { evaluations: [{}, {}] }),
    ];
    expect(await made()).toBe(before);
    return answers;
  },
});
