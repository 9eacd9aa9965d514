/** The agent, headless. */
export { type Agent, createAgent } from './agent.ts';
export { type Companion, createCompanion } from './companion.ts';
export { stateRoot } from './folders.ts';
export { request } from './http.ts';
export { connectLocally } from './local/client.ts';
export { socketFile } from './local/place.ts';
export { createReadingSource } from './reading-source.ts';
export { readEnrollment } from './state.ts';
export { createSystemAgent } from './system.ts';
