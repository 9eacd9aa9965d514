/** A device as other policies than those in force would have it: what it last reported, judged by a draft. Nothing is written. */
import { type OsCatalog, StanceError } from '../model/index.ts';
import { DEFAULT_REPORT_INTERVAL_MS, type DecisionInput, type PolicySet, seenIn } from '../policy/index.ts';
import { createAppraiser } from './appraiser.ts';
import type { Store } from './store/store.ts';

export type Drafted = Pick<DecisionInput, 'device' | 'state' | 'owner' | 'tags'>;

/** `at`: ms since the epoch. @throws StanceError `device-unknown` */
export function draftedDevice(store: Pick<Store, 'device' | 'readings'>, id: string, set: PolicySet, osCatalog: OsCatalog, at: number): Drafted {
  const device = store.device(id);
  if (device === undefined) throw new StanceError('device-unknown', `There is no device ${id} in this store. \`stance device list\` names them.`);
  const { state, owner, tags, facts: known } = device;
  if (known === null) return { device: null, state, owner, tags };
  const readings = (of: string) => store.readings(of);
  const appraiser = createAppraiser(set, { reportIntervalMs: DEFAULT_REPORT_INTERVAL_MS, readings, osCatalog: { catalog: osCatalog, version: '' } });
  const { facts } = appraiser.judge({ ...device }, readings(id), { at, ...seenIn(known), as: 'again' });
  return { device: facts, state, owner, tags };
}
