/** The posture service. */
export { auditStore } from './audit.ts';
export { pastDecisions } from './decision-history.ts';
export { draftedDevice } from './drafted.ts';
export { openKeys } from './keys.ts';
export { buildCatalog, readCatalog } from './os-catalog/build.ts';
export { fromCvrf, fromDistroInfo, fromEndOfLife, fromSofa } from './os-catalog/feeds.ts';
export { parseSource } from './os-catalog/fetching.ts';
export { catalogIn } from './os-catalog/holder.ts';
export { type RunningService, type ServiceOptions, startService } from './start.ts';
export { openStore } from './store/open.ts';
export type { Store } from './store/store.ts';
