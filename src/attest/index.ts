/** Evidence and attestation results: build, sign, verify. Pure; runs in a browser too (`node.ts` apart). */
export * from './attestation-result.ts';
export * from './bytes.ts';
export * from './chain.ts';
export * from './evidence.ts';
export * from './jws.ts';
export * from './life.ts';
export * from './summary.ts';
export * from './tiers.ts';
export * from './verify-evidence.ts';
