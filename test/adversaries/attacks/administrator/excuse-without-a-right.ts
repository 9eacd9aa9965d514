/** A laptop that calls its disk and firewall a container's, and itself none, is not excused. */
import { defineAttack } from '../../attack.ts';
import { FAILING, HEALTHY, healthyBut } from '../../field.ts';
import type { Answer } from '../../wire.ts';

const excused = (reason: string) => ({ status: 'not-applicable', reason, value: undefined, detail: 'Believe me.' }) as object;

export default defineAttack({
  gets: '200 accepted',
  prepare: ({ attacked }) => attacked.report(FAILING),
  async run({ attacked }) {
    const answers: Answer[] = [];
    const lies = [
      healthyBut('firewall.enabled', excused('container')),
      healthyBut('disk.encryption', excused('wsl')),
      healthyBut('disk.encryption', excused('not-required')),
      healthyBut('screen.lock', excused('account-elsewhere')),
      healthyBut('os.supported', excused('platform')),
      HEALTHY.map((reading) => ({ ...reading, ...excused('platform') })),
    ];
    for (const readings of lies) answers.push(await attacked.report(readings as typeof HEALTHY));
    return answers;
  },
});
