/** The whole contract between the tray's main process and its window. Adding a call is one line; both sides then fail to compile until written. */
import { type Static, type TSchema, Type } from 'typebox';
import type { Appraisal } from './appraisal.ts';
import type { ManagedView } from './managed.ts';
import type { Reading } from './reading.ts';

/** What the window shows. */
export interface TrayState {
  readonly appraisal: Appraisal | null;
  readonly readings: readonly Reading[];
  readonly checking: boolean;
  /** ISO 8601; null before the first. */
  readonly readAt: string | null;
  readonly report: {
    readonly enrolled: boolean;
    readonly server: string | null;
    readonly lastReportedAt: string | null;
    /** What went wrong last, in words; null when all is well. */
    readonly problem: string | null;
    /** The one that was sent when the device joined, because the organisation asks for it; null where none was. */
    readonly serialNumber: string | null;
  };
  /** What the organisation sets; null where it sets nothing. */
  readonly managed: ManagedView | null;
  readonly privilege: 'user' | 'system';
  /**
   * Who reads and reports. `own`: the agent in this process. `system`: the system agent; this process reads what belongs to its session.
   * `away`: the system agent is not there, and this process waits for it.
   */
  readonly agent: 'own' | 'system' | 'away';
  readonly version: string;
}

interface Call<A extends TSchema, R> {
  readonly args: A;
  readonly result?: R;
}
const call =
  <R>() =>
  <A extends TSchema>(args: A): Call<A, R> => ({ args });

/** window → main, answered. Arguments are checked against the schema in one place, before any handler runs. */
export const CALLS = {
  state: call<TrayState>()(Type.Tuple([])),
  checkAgain: call<TrayState>()(Type.Tuple([])),
  openSettings: call<boolean>()(Type.Tuple([Type.String({ maxLength: 64, description: 'id of the check whose settings pane is wanted' })])),
} as const;
export type Calls = typeof CALLS;
export type CallName = keyof Calls;
export type CallArgs<N extends CallName> = Static<Calls[N]['args']>;
export type CallResult<N extends CallName> = Calls[N] extends Call<TSchema, infer R> ? R : never;

/** What a call comes back as: Electron would otherwise wrap errors into text that names its own channels. The preload unpacks it. */
export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** main → window. */
export interface Events {
  readonly state: TrayState;
}
export type EventName = keyof Events;

/** What the preload puts on `window.stance`. */
export type TrayApi = { readonly [N in CallName]: (...args: CallArgs<N>) => Promise<CallResult<N>> } & {
  readonly on: <E extends EventName>(event: E, listener: (payload: Events[E]) => void) => () => void;
};

export type Channel = `stance:${CallName | EventName}`;
export const channel = (name: CallName | EventName): Channel => `stance:${name}`;
