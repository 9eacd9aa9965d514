/** What the service keeps, by meaning. Engines behind it: `sqlite.ts`. Every write but `writeDevices` is durable when its call returns. */
import type { ChainHead, ClosedEpoch, Place } from '../../attest/index.ts';
import type { Assurance, Compliance, DeviceDescription, DeviceState, EcPublicJwk, Platform, Reading } from '../../model/index.ts';
import type { Clocks, DeviceFacts } from '../../policy/index.ts';

/** A device as it is kept. It satisfies `KnownDevice` of the room `attest`: evidence is verified against it as it is. */
export interface StoredDevice {
  readonly id: string;
  readonly jwk: EcPublicJwk;
  /** The key before the last rotation. */
  readonly previousJwk: EcPublicJwk | null;
  readonly platform: Platform;
  readonly assurance: Assurance;
  readonly state: DeviceState;
  readonly stateReason: string | null;
  /** ISO 8601. */
  readonly enrolledAt: string;
  readonly description: DeviceDescription;
  /** Whose device it is: a user id as policies name it. */
  readonly owner: string | null;
  /** What an administrator calls it; policies say for which tags they are. */
  readonly tags: readonly string[];
  /** The device that this machine was before it enrolled anew. */
  readonly predecessor: string | null;
  /** The open epoch, and the hash of the evidence whose refusal opened it. */
  readonly epoch: string;
  readonly openedBy: string | null;
  readonly closed: readonly ClosedEpoch[];
  readonly head: ChainHead | null;
  /** Nonces minted at or before this (ms) are used up. */
  readonly nonceFloor: number;
  /** What decisions are made by, and the version of the policies that it was appraised under. */
  readonly facts: DeviceFacts | null;
  readonly factsVersion: string | null;
  /** Since when which checks fail. Facts are made of it, and can be made anew; this cannot. */
  readonly clocks: Clocks;
  /** ISO 8601. */
  readonly lastReceivedAt: string | null;
  /** Counts the writes to this device: a write is made only where nobody else has written since. */
  readonly revision: number;
}

/** Accepted evidence. */
export interface EvidenceRow {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  readonly kind: 'full' | 'heartbeat';
  readonly jws: string;
  /** ISO 8601, both. */
  readonly observedAt: string;
  readonly receivedAt: string;
  /** Of the appraisal when it came; it may have been history and decided nothing. */
  readonly compliance: Compliance;
}
export type HistoryRow = Omit<EvidenceRow, 'jws'>;

/** Evidence that verified and did not extend the chain. */
export interface Branch {
  readonly place: Exclude<Place, 'extends'>;
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  readonly jws: string;
  readonly receivedAt: string;
  /** The epoch that its refusal opened; null where it ended in quarantine. */
  readonly opened: string | null;
}

/** One change of one device, with what came with it. */
export interface DeviceWrite {
  /** As it must be found: of that revision. */
  readonly before: StoredDevice;
  /** As it is afterwards; its revision is one above. What has not changed is the same object. */
  readonly after: StoredDevice;
  readonly evidence?: EvidenceRow;
  readonly branch?: Branch;
}

/** Evidence of one device and one day (UTC), put together: exact at first, later with its heartbeats folded into signed summaries. */
export interface ArchivedDay {
  readonly device: string;
  /** `2026-11-24` */
  readonly day: string;
  readonly items: readonly AuditItem[];
}
/** `number` is the order of acceptance; that of a summary is that of its first. */
export type AuditItem = { readonly number: number } & ({ readonly evidence: EvidenceRow } | { readonly summary: string });

/** A public key of a device, and since when (ISO 8601) it counts. */
export interface DeviceKey {
  readonly kid: string;
  readonly jwk: EcPublicJwk;
  readonly since: string;
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

/** What an enrollment token gives besides the right to join. */
export interface EnrollmentGrant {
  /** Devices that join with it are active at once; without it they wait for an administrator. */
  readonly approves: boolean;
  readonly owner: string | null;
  readonly tags: readonly string[];
}

/** The decisions of about a second, in one row: a line of JSON each. */
export interface DecisionBatch {
  /** ms since the epoch, of the first and of the last. */
  readonly since: number;
  readonly until: number;
  readonly count: number;
  readonly lines: string;
}

/** Those that are to be kept: their lines as bytes, in UTF-8. */
export type NewDecisions = Omit<DecisionBatch, 'lines'> & { readonly lines: Uint8Array };

/** What a device was like when something was decided on it: all of `DeviceFacts` but its times, with every value that was read. */
export interface StoredPosture {
  readonly key: string;
  readonly device: string;
  /** JSON. */
  readonly posture: string;
}

/** Policies that were put into force. */
export interface PolicyVersion {
  /** Counts up; the greatest is in force. */
  readonly number: number;
  /** Of the set (`PolicySet.version`). */
  readonly version: string;
  /** ISO 8601. */
  readonly appliedAt: string;
  /** Name of the token. */
  readonly by: string;
  readonly note: string;
  /** It is that older one again. */
  readonly backTo?: number;
}
export interface AppliedPolicies extends PolicyVersion {
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export interface Store {
  /** What is done within is done together or not at all. */
  atOnce<T>(work: () => T): T;
  /** Writes and takes back. Throws when the store cannot be used. */
  ping(): void;
  devices(): StoredDevice[];
  device(id: string): StoredDevice | undefined;
  addDevice(device: StoredDevice): void;
  /**
   * All in one transaction; the devices that somebody else has written to since, or whose new key is another's, are left as they are, and named.
   * Seen by everybody at once, and durable only when `flushed` fulfils: nothing of it is acknowledged before.
   */
  writeDevices(batch: readonly DeviceWrite[]): ReadonlySet<string>;
  /** Fulfils when all that was written before is durable, by other processes too. Rejects when that is not certain; asking again tries again. */
  flushed(): Promise<void>;
  deviceKeys(device: string): DeviceKey[];
  /** Whether the key with this thumbprint is or was any device's; any but this one's, where one is named. */
  hasKey(kid: string, besides?: string): boolean;
  /** Whose key this is or was. */
  deviceOfKey(kid: string): string | undefined;
  /** The readings of the last full evidence: those that heartbeats repeat. */
  readings(device: string): readonly Reading[];
  /** The newest first, archived ones too, summaries left out. */
  history(device: string, limit: number): HistoryRow[];
  /** JWS of an evidence that is not archived. */
  evidence(device: string, hash: string): string | null;
  branches(device: string): Branch[];
  /** Everything accepted of a device in the order of its acceptance: archived days first. */
  audit(device: string): Iterable<AuditItem>;
  /** Puts evidence received before that day (`2026-11-24`) into the archive, as it is, of that many devices whose turn it is that day; heads and current full evidence stay. How many devices it were. */
  archiveBefore(day: string, devices: number): number;
  /** Archived days before that day which are not folded yet. */
  unfolded(before: string, limit: number): ArchivedDay[];
  /** Puts the folded items in the place of the day's, where it is still as it was found: not erased, folded or added to by somebody else. */
  putFolded(found: ArchivedDay, items: readonly AuditItem[]): void;
  /** Forgets archived days and branches before that day; not the days since a device's current full evidence. */
  forgetBefore(day: string): number;
  /** Removes everything about a device, decisions on it too. */
  eraseDevice(id: string): void;
  /** Takes a person out of the decisions; how many spoke of them. */
  eraseSubject(subject: string): number;
  addEnrollmentToken(hash: string, uses: number, expiresAt: string, grant: EnrollmentGrant): void;
  /** Uses a token up by one; undefined when it is unknown, expired or used up. */
  useEnrollmentToken(hash: string, now: string): EnrollmentGrant | undefined;
  addToken(token: StoredToken): void;
  tokens(): StoredToken[];
  removeToken(name: string): number;
  /** With the postures of devices that its lines name and that are not kept yet. */
  addDecisions(batch: NewDecisions, postures: readonly StoredPosture[]): void;
  /** Batches that end at or after a moment (ms since the epoch), the oldest first. */
  decisions(since: number): Iterable<DecisionBatch>;
  /** The newest batch below that number, with its own. */
  decisionsBelow(number: number): (DecisionBatch & { readonly number: number }) | undefined;
  postures(): Iterable<StoredPosture>;
  /** The newest first. */
  policyVersions(): PolicyVersion[];
  appliedPolicies(number: number): AppliedPolicies | undefined;
  /** False where its number is not the next: somebody else was quicker. */
  addPolicies(policies: AppliedPolicies): boolean;
  /** A copy of everything as it is at one moment, while work goes on. */
  backup(file: string): Promise<void>;
  close(): void;
}
