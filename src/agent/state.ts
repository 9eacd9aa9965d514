/** What the agent remembers, one small file for each thing. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { BaselineAnswer, EcPublicJwk, Reading, StanceError } from '../model/index.ts';
import { type Kept, keepIn } from './durable.ts';

const Enrollment = Type.Object({
  server: Type.String(),
  device: Type.String(),
  assurance: Type.String(),
  audience: Type.String(),
  jwk: EcPublicJwk,
});
export type Enrollment = Static<typeof Enrollment>;

/** Where the chain stands, as the service last confirmed it, and the one evidence that may be under way. */
const Chain = Type.Object({
  epoch: Type.String(),
  /** Last accepted; 0 before the first. */
  seq: Type.Integer({ minimum: 0 }),
  hash: Type.Union([Type.String(), Type.Null()]),
  digest: Type.Union([Type.String(), Type.Null()]),
  /** Full evidence: when it was last sent, and by which agent after which boot. */
  lastFull: Type.Union([Type.Object({ at: Type.String(), version: Type.String(), bootedAt: Type.Optional(Type.String()) }), Type.Null()]),
  /** Signed, perhaps sent, not yet answered: the same bytes are sent until a definitive answer. */
  pending: Type.Union([
    Type.Object({ jws: Type.String(), hash: Type.String(), seq: Type.Integer(), digest: Type.String(), full: Type.Boolean() }),
    Type.Null(),
  ]),
  nonce: Type.Union([Type.String(), Type.Null()]),
  lastReportedAt: Type.Union([Type.String(), Type.Null()]),
});
export type Chain = Static<typeof Chain>;

const History = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()));
export type History = Static<typeof History>;

/** What a device is at a service. One file: joining another service, or the same one again, replaces all of it at once. */
const Identity = Type.Object({ enrollment: Enrollment, chain: Chain, baseline: Type.Union([BaselineAnswer, Type.Null()]) });
export type Identity = Static<typeof Identity>;

export interface AgentState {
  /** Undefined before the device has joined. */
  identity(): Identity | undefined;
  join(identity: Identity): void;
  /** @throws StanceError `not-enrolled` */
  update(change: Partial<Identity>): void;
  readonly history: Kept<History>;
  /** Readings of slow checks, with their age. */
  readonly slow: Kept<Reading[]>;
}

export function openState(folder: string): AgentState {
  const identity = keepIn(folder, 'device.json', Identity);
  return {
    identity: identity.read,
    join: identity.write,
    update(change) {
      const current = identity.read();
      if (current === undefined) throw new StanceError('not-enrolled', 'This device is not enrolled any more.');
      identity.write({ ...current, ...change });
    },
    history: keepIn(folder, 'history.json', History),
    slow: keepIn(folder, 'slow-readings.json', Type.Array(Reading)),
  };
}

/** The enrollment of a state folder, without an agent. */
export const readEnrollment = (folder: string): Enrollment | null => openState(folder).identity()?.enrollment ?? null;
