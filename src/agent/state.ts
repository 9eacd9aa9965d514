/** What the agent remembers, one small file for each thing. */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { BaselineAnswer, EcPublicJwk, Reading } from '../model/index.ts';
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

export interface AgentState {
  readonly folder: string;
  readonly enrollment: Kept<Enrollment>;
  readonly chain: Kept<Chain>;
  readonly baseline: Kept<Static<typeof BaselineAnswer> | null>;
  readonly history: Kept<History>;
  /** Readings of slow checks, with their age. */
  readonly slow: Kept<Reading[]>;
}

export const openState = (folder: string): AgentState => ({
  folder,
  enrollment: keepIn(folder, 'enrollment.json', Enrollment),
  chain: keepIn(folder, 'chain.json', Chain),
  baseline: keepIn(folder, 'baseline.json', Type.Union([BaselineAnswer, Type.Null()])),
  history: keepIn(folder, 'history.json', History),
  slow: keepIn(folder, 'slow-readings.json', Type.Array(Reading)),
});

/** The enrollment of a state folder, without an agent. */
export const readEnrollment = (folder: string): Enrollment | null => openState(folder).enrollment.read() ?? null;
