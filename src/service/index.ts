/** The posture service. */
export { type RunningService, startService } from './start.ts';
