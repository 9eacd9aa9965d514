/** Evidence and attestation results: build, sign, verify. Pure; runs in a browser too (`node.ts` apart). */
export * from './attestation-result.ts';
export * from './bytes.ts';
export * from './evidence.ts';
export * from './jws.ts';
