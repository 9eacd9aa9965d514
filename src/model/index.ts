/** The words of Stance as types and pure functions. No I/O; every room may import it. */
export * from './api.ts';
export * from './appraisal.ts';
export * from './check.ts';
export * from './decision.ts';
export * from './errors.ts';
export * from './evidence.ts';
export * from './host.ts';
export * from './ipc.ts';
export * from './jose-types.ts';
export * from './json.ts';
export * from './local.ts';
export * from './managed.ts';
export * from './os-catalog.ts';
export * from './plist-xml.ts';
export * from './reading.ts';
export * from './words.ts';
