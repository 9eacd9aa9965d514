/** A new network: the addresses of this computer, compared. NetworkManager and networkd tell sooner, where there is one (`bus.ts`). */
import { networkInterfaces } from 'node:os';
import type { Touched, Watching } from './source.ts';

/** As often as `wake.ts` looks at its clocks: timers of one length fire together, and waking up is what costs. */
const PACE_MS = 15_000;

/** Which interfaces have which addresses; nothing of it leaves this module. */
function addresses(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, rows]) => (rows ?? []).filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`))
    .sort()
    .join('\n');
}

export function watchNetwork(touched: Touched): Watching {
  let seen = addresses();
  const timer = setInterval(() => {
    const now = addresses();
    if (now === seen) return;
    seen = now;
    touched();
  }, PACE_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
