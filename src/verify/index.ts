/**
 * `stance/verify`: for relying parties. Verifies attestation results and evidence offline, asks for decisions, guards servers. Runs in
 * Node from 20 on and in browsers: WebCrypto and `fetch`, no `node:` imports, no dependencies. Imports files of `model` and `attest`
 * that hold no schemas, not their indexes.
 */
export { type ErrorCode, StanceError } from '../model/errors.ts';
export type { Answer, Entity, EvaluationRequest } from './answer.ts';
export type { EvidencePosture, ResultClaims, StanceClaims, Submodule } from './claims.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export type { Fetch } from './fetch.ts';
export { type Admitted, type GuardOptions, isHealthy } from './guard.ts';
export type { JsonWebKeySet } from './key-set.ts';
export { type ExpressResponse, type FastifyReply, type IncomingRequest, type Protection, protect } from './protect.ts';
export { createVerifier, type VerifiedDeviceEvidence, type VerifiedResult, type Verifier, type VerifierOptions } from './verifier.ts';
