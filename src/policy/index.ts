/** Baselines and access policies: schema, appraisal, decision. Pure; whoever calls reads the files. */
export { appraise } from './appraise.ts';
export type { Baseline } from './baseline.ts';
export type { DeviceFacts } from './decision-input.ts';
export { compileEngine, type Engine } from './engine.ts';
export { baselineFor, loadPolicies, type PolicySet, readBaseline, type Versioned } from './load.ts';
