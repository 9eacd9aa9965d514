/** The policies in force, compiled, and what they make of devices. */
import { compileEngine, type DeviceFacts, type Engine, type PolicySet, seenIn } from '../policy/index.ts';
import { type Appraiser, type AppraiserOptions, createAppraiser } from './appraiser.ts';
import type { HeldDevice, Inventory } from './inventory.ts';
import { isUnavailable } from './store/sql.ts';
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
export const PIECE = 50;

type Change = Pick<HeldDevice, 'clocks'> & { readonly facts: DeviceFacts; readonly factsVersion: string };

/** A device as these rules have it, by what it last reported; `change` is left out where it has not reported. `revision`: of the device that was judged. */
export function judgedBy(store: Pick<Store, 'readings'>, device: HeldDevice, { appraiser }: Rules, at: number): { revision: number; change?: Change } {
  const { facts, revision } = device;
  if (facts === null) return { revision };
  const { compliance: _, ...change } = appraiser.judge(device, store.readings(device.id), { at, ...seenIn(facts), as: 'again' });
  return { revision, change };
}

/**
 * What decisions on a device stand on: judged by the rules in force, now, where it was judged by others before. Where the store cannot tell
 * what it reported, nothing is known of it.
 */
export function factsBy(store: Pick<Store, 'readings'>, device: HeldDevice, rules: Rules, at: number): DeviceFacts | null {
  if (device.facts === null || device.factsVersion === rules.appraiser.version()) return device.facts;
  try {
    Object.assign(device, judgedBy(store, device, rules, at).change);
    return device.facts;
  } catch (error) {
    if (isUnavailable(error)) return null;
    throw error;
  }
}

/**
 * Judges anew the devices that were judged by other policies, or by another catalogue of releases, so that decisions stand on the ones in force, and writes
 * down those of `unwritten` that were. What cannot be stored counts all the same, and is made again when the service starts again.
 */
export async function judgeAgain(
  store: Pick<Store, 'readings'>,
  inventory: Inventory,
  rules: Rules,
  at: number,
  unwritten: ReadonlySet<HeldDevice> = new Set(),
): Promise<void> {
  let judged = 0;
  for (const device of [...inventory.all()]) {
    const { facts, factsVersion, clocks } = device;
    const stands = factsVersion === rules.appraiser.version();
    if (facts === null || (stands && !unwritten.has(device))) continue;
    const change = stands ? { facts, factsVersion, clocks } : judgedBy(store, device, rules, at).change;
    if (change === undefined) continue;
    inventory.commit(device, change).catch(() => {
      // Where somebody else has written to it meanwhile, it is as they left it.
      if (device.facts === facts) Object.assign(device, { facts: change.facts, clocks: change.clocks });
    });
    if (++judged % PIECE === 0) await inventory.settle();
  }
  await inventory.settle();
}
