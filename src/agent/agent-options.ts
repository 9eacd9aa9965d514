/** What an agent is given, and what it does for the shells around it: the tray, the command line, the demo. */
import type { describeDevice, Unwatched } from '../host/index.ts';
import type { Appraisal, Check, Compliance, Host, Reading, TrayState } from '../model/index.ts';
import type { FollowingOptions } from './following.ts';
import type { Fetch } from './http.ts';
import type { ManagedDoor } from './managed.ts';
import type { SlowMode } from './reading-source.ts';
import type { Enrollment } from './state.ts';
import type { Wish } from './wish.ts';

export interface AgentOptions {
  readonly stateDir: string;
  /** The machine; a function is asked before each reading, for recordings that change. */
  readonly host: Host | (() => Host);
  readonly version: string;
  readonly checks?: readonly Check[];
  /** The machine is a recorded one: it is not described by this one's model and system. */
  readonly recorded?: boolean;
  /** What this process read, with what others read that it cannot: people's sessions. */
  readonly merge?: (own: readonly Reading[]) => Promise<readonly Reading[]>;
  /** Report interval where the service names none, ms. */
  readonly intervalMs?: number;
  readonly fetch?: Fetch;
  /** What the organisation sets. Without it nothing is managed: a recorded machine, the demo. */
  readonly managed?: ManagedDoor;
  /** What flag or environment say, which go before what is managed. */
  readonly chosenServer?: string;
  /** For tests: see `FollowingOptions`. */
  readonly following?: Pick<FollowingOptions, 'trustedFrom' | 'systemState'>;
  /** For tests: another machine's description. */
  readonly describe?: typeof describeDevice;
  /** This device's clock, ms since the epoch. */
  readonly now?: () => number;
}

export interface Refreshed {
  readonly readings: readonly Reading[];
  readonly appraisal: Appraisal;
  readonly jws: string;
  readonly seq: number;
  readonly compliance: Compliance;
  /** Where the device stands with the service: `active`, `suspect`. */
  readonly state: string;
}

export interface Agent {
  enrollment(): Enrollment | null;
  /** Lets this device join. @throws StanceError `managed` where the organisation keeps people from that, and as joining does */
  enroll(wish: Wish): Promise<Enrollment>;
  /** The service that it is enrolled at moved to another address. What it signs is for the audience, not for the address. */
  moveTo(server: string): void;
  /** Does what is managed, reads, appraises, reports. @throws StanceError as `report` does; what stood in the way of joining, where it did not. */
  refresh(options?: { readonly slow: SlowMode }): Promise<Refreshed>;
  /** The next report brings a new key. */
  rotateKey(): Promise<void>;
  /**
   * Tells the service that this device leaves, and removes everything that the agent keeps, but for a note where the organisation would
   * have it join again. `force`: even where the service cannot be told. @throws StanceError `managed`
   */
  unenroll(options?: { readonly force: boolean }): Promise<void>;
  state(): TrayState;
  onState(listener: (state: TrayState) => void): () => void;
  /** Refreshes at the interval, and at once what a change touches, until `stop`. */
  start(): void;
  /** Something outside tells that these may have changed: they are read again, and reported at once where they did. */
  touch(checks: ReadonlySet<string>): void;
  /** What is not watched, and why; it is read again at the interval. */
  unwatched(): readonly Unwatched[];
  stop(): Promise<void>;
}
