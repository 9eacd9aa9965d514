/** What the agent remembers, one small file for each thing. */

import path from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Type } from 'typebox';
import { BaselineAnswer, EcPublicJwk, Reading, StanceError } from '../model/index.ts';
import { CACHE_TAG, type Kept, keepIn, removeFile } from './durable.ts';

const Enrollment = Type.Object({
  server: Type.String(),
  device: Type.String(),
  assurance: Type.String(),
  audience: Type.String(),
  jwk: EcPublicJwk,
  /** PEM of the one certificate authority that is believed, where it was pinned at enrollment. */
  ca: Type.Optional(Type.String()),
  /** The serial number that was sent when it joined, because managed configuration asks for it. */
  serialNumber: Type.Optional(Type.String()),
});
export type Enrollment = Static<typeof Enrollment>;

const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
/** When full evidence was last sent, by which agent with how many checks, after which boot. */
const LastFull = Type.Object({ at: Type.String(), version: Type.String(), checks: Type.Integer(), bootedAt: Type.Optional(Type.String()) });

/** Signed, perhaps sent, not yet answered: the same bytes are sent until a definitive answer. */
const Pending = Type.Object({
  jws: Type.String(),
  hash: Type.String(),
  seq: Type.Integer(),
  digest: Type.String(),
  /** Set for full evidence. */
  full: Nullable(LastFull),
  /** Number of the observation in the outbox. */
  observation: Type.Integer(),
  /** The key that takes over when it is accepted. */
  nextJwk: Nullable(EcPublicJwk),
});
export type Pending = Static<typeof Pending>;

/** Where the chain stands, as the service last confirmed it, and the one evidence that may be under way. */
const Chain = Type.Object({
  epoch: Type.String(),
  /** Last accepted in this epoch; 0 before the first. */
  seq: Type.Integer({ minimum: 0 }),
  /** What the next evidence cites. */
  hash: Nullable(Type.String()),
  /** Before the first of a later epoch: what this device itself holds to be its last. */
  branch: Nullable(Type.String()),
  digest: Nullable(Type.String()),
  /** Hash of the last full evidence. */
  anchor: Nullable(Type.String()),
  lastFull: Nullable(LastFull),
  pending: Nullable(Pending),
  nonce: Nullable(Type.String()),
  /** Number of the last observation that was acknowledged. */
  observed: Type.Integer({ minimum: 0 }),
  /** How far the service's clock is ahead of this one, as last heard. */
  clockOffsetMs: Type.Integer(),
  lastReportedAt: Nullable(Type.String()),
});
export type Chain = Static<typeof Chain>;

export const newChain = (epoch: string, nonce: string, clockOffsetMs: number, observed: number): Chain => ({
  ...{ epoch, seq: 0, hash: null, branch: null, digest: null, anchor: null, lastFull: null, pending: null, nonce, observed, clockOffsetMs },
  lastReportedAt: null,
});

const History = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()));
export type History = Static<typeof History>;

/** What a device is at a service. One file: joining another service, or the same one again, replaces all of it at once. */
const Identity = Type.Object({
  enrollment: Enrollment,
  /** The key that shall take over. */
  nextJwk: Nullable(EcPublicJwk),
  /** The key before the last rotation: a service that was restored to before that knows no other. */
  previousJwk: Nullable(EcPublicJwk),
  chain: Chain,
  baseline: Nullable(BaselineAnswer),
  /** Since when checks count as failing (ISO 8601), as the service last said, and as was seen here since. */
  failingSince: Type.Optional(Type.Record(Type.String(), Type.String())),
});
export type Identity = Static<typeof Identity>;

/** Asked to join, and not yet answered: the same key asks again, so that a lost answer makes no second device and uses up no second token. */
const Joining = Type.Object({
  /** SHA-256 of address and token. */
  with: Type.String(),
  jwk: EcPublicJwk,
});

/** What became of the organisation's invitation. It outlives the enrollment, where there is something to remember. */
const Invitation = Type.Object({
  /** Which one this device joined with: SHA-256 of address and token. */
  taken: Nullable(Type.String()),
  /** When somebody took this device out, so that it is not joined again against their will. */
  leftAt: Nullable(Type.String()),
});
const HandedOver = Type.Object({ at: Type.String() });
type HandedOver = Static<typeof HandedOver>;

export interface AgentState {
  /** Undefined before the device has joined. */
  identity(): Identity | undefined;
  join(identity: Identity): void;
  /** @throws StanceError `not-enrolled` */
  update(change: Partial<Identity>): void;
  /** Removes every file of it, but for the invitation. */
  remove(): void;
  readonly joining: Kept<Static<typeof Joining>>;
  readonly invitation: Kept<Static<typeof Invitation>>;
  readonly history: Kept<History>;
  /** There while a system agent reports in this agent's place. */
  readonly handedOver: Kept<HandedOver>;
  /** Readings of slow checks, with their age. */
  readonly slow: Kept<Reading[]>;
}

/** Where each thing is kept, by its name. */
export type Keep = <S extends TSchema>(name: string, schema: S) => Kept<Static<S>>;

export function stateIn(keep: Keep): AgentState {
  const identity = keep('device.json', Identity);
  const joining = keep('joining.json', Joining);
  const history = keep('history.json', History);
  const handedOver = keep('handed-over.json', HandedOver);
  const slow = keep('slow-readings.json', Type.Array(Reading));
  return {
    identity: identity.read,
    join: identity.write,
    update(change) {
      const current = identity.read();
      if (current === undefined) throw new StanceError('not-enrolled', 'This device is not enrolled any more.');
      identity.write({ ...current, ...change });
    },
    remove() {
      for (const kept of [identity, joining, history, handedOver, slow]) kept.remove();
    },
    joining,
    invitation: keep('invitation.json', Invitation),
    history,
    handedOver,
    slow,
  };
}

export function openState(folder: string): AgentState {
  const state = stateIn((name, schema) => keepIn(folder, name, schema));
  return {
    ...state,
    remove() {
      state.remove();
      removeFile(path.join(folder, CACHE_TAG));
    },
  };
}

/** The enrollment of a state folder, without an agent. */
export const readEnrollment = (folder: string): Enrollment | null => openState(folder).identity()?.enrollment ?? null;

/** When somebody took the device of a state folder out, for as long as it stays out. */
export const readLeftAt = (folder: string): string | null => openState(folder).invitation.read()?.leftAt ?? null;
