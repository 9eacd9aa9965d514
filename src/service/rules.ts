/** The policies in force, compiled. */
import { compileEngine, type Engine, type PolicySet } from '../policy/index.ts';
import { type Appraiser, createAppraiser } from './appraiser.ts';
import type { Inventory } from './inventory.ts';
import type { Store } from './store/store.ts';

export interface Rules {
  readonly set: PolicySet;
  readonly engine: Engine;
  readonly appraiser: Appraiser;
}

export const compileRules = (set: PolicySet, reportIntervalMs: number, store: Pick<Store, 'readings'>): Rules => ({
  set,
  engine: compileEngine(set, { reportIntervalMs }),
  appraiser: createAppraiser(set, reportIntervalMs, (device) => store.readings(device)),
});

/**
 * Judges anew the devices that were judged by other policies, so that decisions stand on the ones in force. What cannot be stored
 * counts all the same, and is made again when the service starts again.
 */
export async function judgeAgain(store: Pick<Store, 'readings'>, inventory: Inventory, { set, appraiser }: Rules, at: number): Promise<void> {
  for (const device of inventory.all()) {
    const { facts, factsVersion } = device;
    if (facts === null || factsVersion === set.version) continue;
    const { observedAt, readings, oldestReadAt } = facts;
    const age = oldestReadAt === undefined ? {} : { oldestReadAt };
    const judgement = appraiser.judge(device, store.readings(device.id), { at, observedAt, readings, ...age, as: 'again' });
    const change = { facts: judgement.facts, clocks: judgement.clocks, factsVersion: set.version };
    inventory.commit(device, change).catch(() => Object.assign(device, { facts: change.facts, clocks: change.clocks }));
  }
  await inventory.settle();
}
