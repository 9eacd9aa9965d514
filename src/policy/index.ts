/** Baselines and access policies: schema, appraisal, decision. Pure; whoever calls reads the files. */
export { appraise } from './appraise.ts';
export type { Baseline } from './baseline.ts';
export { compileEngine, type DeviceFacts, type Engine } from './engine.ts';
export { baselineFor, loadPolicies, type PolicySet, readBaseline, type Versioned } from './load.ts';
