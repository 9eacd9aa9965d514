/** The posture service. */
export { auditStore } from './audit.ts';
export { openKeys } from './keys.ts';
export { type RunningService, type ServiceOptions, startService } from './start.ts';
export { openStore } from './store/open.ts';
