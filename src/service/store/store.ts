/** What the service keeps, by meaning. Engines behind it: `sqlite.ts`. Every write is durable when its call returns. */
import type { ChainHead } from '../../attest/index.ts';
import type { Assurance, Compliance, DeviceDescription, EcPublicJwk, Platform, Reading } from '../../model/index.ts';
import type { DeviceFacts } from '../../policy/index.ts';

export type DeviceState = 'active' | 'revoked';

export interface StoredDevice {
  readonly id: string;
  readonly jwk: EcPublicJwk;
  readonly platform: Platform;
  readonly assurance: Assurance;
  readonly state: DeviceState;
  readonly stateReason: string | null;
  /** ISO 8601. */
  readonly enrolledAt: string;
  readonly description: DeviceDescription;
  /** Epoch that the first evidence opens. */
  readonly epoch: string;
  readonly head: ChainHead | null;
  /** What decisions are made by, and the version of the policies that it was appraised under. */
  readonly facts: DeviceFacts | null;
  readonly factsVersion: string | null;
  /** ISO 8601. */
  readonly lastReceivedAt: string | null;
}

/** One accepted evidence with everything that it changes. */
export interface EvidenceWrite {
  readonly device: string;
  readonly head: ChainHead;
  readonly kind: 'full' | 'heartbeat';
  readonly jws: string;
  readonly observedAt: string;
  readonly receivedAt: string;
  readonly compliance: Compliance;
  readonly facts: DeviceFacts;
  readonly factsVersion: string;
}

export interface HistoryRow {
  readonly epoch: string;
  readonly seq: number;
  readonly kind: 'full' | 'heartbeat';
  readonly hash: string;
  readonly observedAt: string;
  readonly receivedAt: string;
  readonly compliance: Compliance;
}

/** `assert`: what the caller says of person, session and resource is believed. `admin` includes all. */
export type Scope = 'decide' | 'assert' | 'read' | 'admin';
export const SCOPES: readonly Scope[] = ['decide', 'assert', 'read', 'admin'];

export interface StoredToken {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601; null: until it is taken back. */
  readonly expiresAt: string | null;
}

/** The decisions of about a second, in one row: a line of JSON each. */
export interface DecisionBatch {
  /** ms since the epoch, of the first and of the last. */
  readonly since: number;
  readonly until: number;
  readonly count: number;
  readonly lines: string;
}

export interface Store {
  /** Throws when the store cannot be used. */
  ping(): void;
  devices(): StoredDevice[];
  addDevice(device: StoredDevice): void;
  setDeviceState(id: string, state: DeviceState, reason: string): void;
  /** The readings of the last full evidence: those that heartbeats repeat. */
  readings(device: string): readonly Reading[];
  /** All or nothing, in one transaction. */
  commitEvidence(batch: readonly EvidenceWrite[]): void;
  /** The newest first. */
  history(device: string, limit: number): HistoryRow[];
  /** JWS of the head of a device. */
  evidence(device: string, hash: string): string | null;
  addEnrollmentToken(hash: string, uses: number, expiresAt: string): void;
  /** Uses a token up by one; false when it is unknown, expired or used up. */
  useEnrollmentToken(hash: string, now: string): boolean;
  addToken(token: StoredToken): void;
  tokens(): StoredToken[];
  removeToken(name: string): number;
  addDecisions(batch: DecisionBatch): void;
  close(): void;
}
