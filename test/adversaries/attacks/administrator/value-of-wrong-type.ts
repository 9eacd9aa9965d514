/** A value that does not have the type of its check is unknown, whatever a loose comparison would make of it. */
import { defineAttack } from '../../attack.ts';
import { FAILING, healthyBut } from '../../field.ts';
import type { Answer } from '../../wire.ts';

const VALUES: readonly unknown[] = [
  true,
  'encrypted',
  {},
  { volumes: [] },
  { volumes: [{}] },
  { volumes: [{ mount: '/', state: true, by: [], plain: [] }] },
  { volumes: [{ mount: '/', state: ['encrypted'], by: [], plain: [] }] },
  { volumes: { length: 0 } },
  { constructor: { prototype: { state: 'encrypted' } } },
];

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked }) {
    const answers: Answer[] = [];
    for (const value of VALUES) answers.push(await attacked.report(healthyBut('disk.encryption', { value } as object)));
    return answers;
  },
});
