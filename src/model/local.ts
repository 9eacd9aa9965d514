/**
 * What a session process and the system agent say to each other over the local socket. DESIGN section 6b. One JSON document a line.
 * Nothing that can be asked here signs, enrolls or changes what the agent keeps.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { CHECK_STANDINGS, COMPLIANCES, PROOFS } from './appraisal.ts';
import type { TrayState } from './ipc.ts';
import { NOT_APPLICABLE_REASONS, PLATFORMS, Reading, UNKNOWN_REASONS, VERDICTS } from './reading.ts';
import type { Words } from './words.ts';

/** Stands in every message; another one is refused. */
export const LOCAL_VERSION = 1;
/** Largest message in either direction, in bytes, without its line feed. */
export const MAX_LOCAL_BYTES = 256 * 1024;

const Instant = Type.String({ maxLength: 30, description: 'ISO 8601, UTC' });
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const NamedBaseline = Type.Object({ id: Type.String(), version: Type.String() });

/** `TrayState` as it comes over the socket: what does not have this form is not shown. */
export const LocalState = Type.Object({
  appraisal: Nullable(
    Type.Object({
      compliance: Type.Enum(COMPLIANCES),
      deadline: Type.Optional(Instant),
      baseline: Nullable(NamedBaseline),
      baselines: Type.Array(NamedBaseline),
      platform: Type.Enum([...PLATFORMS]),
      appraisedAt: Instant,
      checks: Type.Array(
        Type.Object({
          check: Type.String(),
          title: Type.String(),
          verdict: Type.Enum(VERDICTS),
          required: Type.Boolean(),
          standing: Type.Optional(Type.Enum(CHECK_STANDINGS)),
          since: Type.Optional(Instant),
          deadline: Type.Optional(Instant),
          exemption: Type.Optional(Type.Object({ id: Type.String(), by: Type.String(), why: Type.String(), until: Instant })),
          reason: Type.Optional(Type.Enum([...UNKNOWN_REASONS, ...NOT_APPLICABLE_REASONS])),
          because: Type.Optional(Type.String()),
          proof: Type.Enum(PROOFS),
          remedy: Type.Optional(Type.Object({ steps: Type.Array(Type.Unsafe<Words>(Type.Unknown())), open: Type.Optional(Type.String()) })),
        }),
      ),
      reasons: Type.Array(Type.String()),
    }),
  ),
  readings: Type.Array(Reading),
  checking: Type.Boolean(),
  readAt: Nullable(Instant),
  report: Type.Object({
    enrolled: Type.Boolean(),
    server: Nullable(Type.String()),
    lastReportedAt: Nullable(Instant),
    problem: Nullable(Type.String()),
    serialNumber: Nullable(Type.String()),
  }),
  managed: Nullable(
    Type.Object({
      settings: Type.Array(Type.Object({ name: Type.String(), title: Type.String(), value: Type.String(), from: Type.String() })),
      faults: Type.Array(Type.String()),
      may: Type.Object({ changeServer: Type.Boolean(), changeInterval: Type.Boolean(), unenroll: Type.Boolean(), quit: Type.Boolean() }),
    }),
  ),
  privilege: Type.Enum(['user', 'system']),
  agent: Type.Enum(['own', 'system', 'away']),
  version: Type.String(),
});
/** Fails to compile where the window is shown more than the socket carries. */
export const trayStateOf = (state: Static<typeof LocalState>): TrayState => state;
const Shown = Type.Unsafe<TrayState>(LocalState);

/** A session that has handed readings over. */
const SessionShown = Type.Object({
  uid: Type.Integer(),
  /** Its process is connected now. */
  connected: Type.Boolean(),
  handedAt: Instant,
  /** It is the one whose readings go into evidence. */
  counts: Type.Boolean(),
});

/** What is asked and what comes back. Adding a call is one line; both sides then fail to compile until written. */
export const LOCAL_CALLS = {
  /** The first one: who is there, and what shall be read in sessions. */
  hello: {
    args: Type.Object({ version: Type.String({ maxLength: 40 }) }),
    result: Type.Object({
      version: Type.String(),
      /** Ids of the checks to be read in the session. */
      checks: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 }),
      /** How often they are to be handed over while nothing changes, ms. */
      everyMs: Type.Integer({ minimum: 1000 }),
    }),
  },
  state: { args: Type.Object({}), result: Shown },
  /** As `state`; from then on each change comes by itself, as an event. */
  watch: { args: Type.Object({}), result: Shown },
  checkAgain: { args: Type.Object({}), result: Shown },
  /** What this session read. Answers which of it were taken. */
  handOver: { args: Type.Object({ readings: Type.Array(Reading, { maxItems: 64 }) }), result: Type.Object({ taken: Type.Array(Type.String()) }) },
  sessions: { args: Type.Object({}), result: Type.Object({ sessions: Type.Array(SessionShown) }) },
} as const;
export type LocalCalls = typeof LOCAL_CALLS;
export type LocalCall = keyof LocalCalls;
export type LocalArgs<C extends LocalCall> = Static<LocalCalls[C]['args']>;
export type LocalResult<C extends LocalCall> = Static<LocalCalls[C]['result']>;

/** Session process → system agent. `args` is checked against the schema of the call. */
export const LocalRequest = Type.Object({
  v: Type.Literal(LOCAL_VERSION),
  id: Type.Integer({ minimum: 0, maximum: 2 ** 31 }),
  call: Type.String({ maxLength: 40 }),
  args: Type.Unknown(),
});

/** System agent → session process: an answer to the request with that id (null: one that could not be understood), or an event. */
export const LocalMessage = Type.Union([
  Type.Object({ v: Type.Literal(LOCAL_VERSION), id: Type.Integer(), ok: Type.Literal(true), value: Type.Unknown() }),
  Type.Object({ v: Type.Literal(LOCAL_VERSION), id: Nullable(Type.Integer()), ok: Type.Literal(false), code: Type.String(), message: Type.String() }),
  Type.Object({ v: Type.Literal(LOCAL_VERSION), event: Type.Literal('state'), value: Type.Unknown() }),
]);
export type LocalMessage = Static<typeof LocalMessage>;
