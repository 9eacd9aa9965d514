/** Baselines and access policies: schema, appraisal, decision. Pure; whoever calls reads the files. */
export { baselinesFor } from './applying.ts';
export { appraisalOf, appraise } from './appraise.ts';
export { spanFor } from './asked.ts';
export { assess, ticksOf, type Versioned } from './assess.ts';
export type { Baseline } from './baseline.ts';
export { bundleAnswer } from './bundle.ts';
export { type Clocks, moveClocks } from './clocks.ts';
export type { DecisionInput, DeviceFacts } from './decision-input.ts';
export { enforcing } from './enforcing.ts';
export { compileEngine, DEFAULT_REPORT_INTERVAL_MS, type Engine } from './engine.ts';
export type { Explanation, PolicyExplanation } from './explain.ts';
export { factsOf, wantedChecks } from './facts.ts';
export { loadPolicies } from './load.ts';
export type { PolicySet } from './policy-set.ts';
export { type Replayed, replay } from './replay.ts';
export { runTests } from './run-tests.ts';
export { type Span, spanOf } from './timeline.ts';
export { parseQuestion, whatIf } from './what-if.ts';
