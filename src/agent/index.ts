/** The agent, headless. */
export { type Agent, createAgent } from './agent.ts';
export { stateRoot } from './folders.ts';
export { request } from './http.ts';
export { createReadingSource } from './reading-source.ts';
export { readEnrollment } from './state.ts';
