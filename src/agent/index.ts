/** The agent, headless. */
export { createAgent } from './agent.ts';
export type { Agent } from './agent-options.ts';
export { type Companion, createCompanion } from './companion.ts';
export { request } from './http.ts';
export { connectLocally } from './local/client.ts';
export { socketFile } from './local/place.ts';
export { type ManagedDoor, managedDoor, mergeManaged, readEnrollmentToken } from './managed.ts';
export { createReadingSource } from './reading-source.ts';
export { folders, readSettings, requireMayChange } from './settings.ts';
export { readEnrollment, readLeftAt } from './state.ts';
export { createSystemAgent } from './system.ts';
export { createMemoryCatalog, createTransientAgent, type TransientAgent } from './transient.ts';
