/** The policies in force, compiled, and what they make of devices. */
import { compileEngine, type Engine, type PolicySet } from '../policy/index.ts';
import { type Appraiser, type AppraiserOptions, createAppraiser } from './appraiser.ts';
import type { Inventory } from './inventory.ts';
import type { Store } from './store/store.ts';

export interface Rules {
  readonly set: PolicySet;
  readonly engine: Engine;
  readonly appraiser: Appraiser;
}

export interface RulesOptions extends Omit<AppraiserOptions, 'readings'> {
  readonly store: Pick<Store, 'readings'>;
}

export const compileRules = (set: PolicySet, { store, ...options }: RulesOptions): Rules => ({
  set,
  engine: compileEngine(set, options),
  appraiser: createAppraiser(set, { ...options, readings: (device) => store.readings(device) }),
});

/** Devices in one piece of work: a piece must not hold up reports for long. */
const PIECE = 50;

/**
 * Judges anew the devices that were judged by other policies, or by another catalogue of releases, so that decisions stand on the ones in force. What cannot be stored
 * counts all the same, and is made again when the service starts again.
 */
export async function judgeAgain(store: Pick<Store, 'readings'>, inventory: Inventory, { appraiser }: Rules, at: number): Promise<void> {
  let judged = 0;
  for (const device of inventory.all()) {
    const { facts, factsVersion } = device;
    if (facts === null || factsVersion === appraiser.version()) continue;
    const { observedAt, readings, oldestReadAt } = facts;
    const age = oldestReadAt === undefined ? {} : { oldestReadAt };
    const judgement = appraiser.judge(device, store.readings(device.id), { at, observedAt, readings, ...age, as: 'again' });
    const { compliance: _, ...change } = judgement;
    inventory.commit(device, change).catch(() => {
      // Where somebody else has written to it meanwhile, it is as they left it.
      if (device.facts === facts) Object.assign(device, { facts: change.facts, clocks: change.clocks });
    });
    if (++judged % PIECE === 0) await inventory.settle();
  }
  await inventory.settle();
}
