/** The agent: reads, appraises, reports, at an interval. One for a state folder; the tray, the command line and the demo are shells around it. */
import { digestReadings } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { CATALOGUE } from '../checks/index.ts';
import { type Appraisal, type Check, type Compliance, type Host, type Reading, StanceError, type TrayState } from '../model/index.ts';
import { createClient } from './client.ts';
import { makeFolder, markAsCache } from './durable.ts';
import { enroll } from './enroll.ts';
import type { Fetch } from './http.ts';
import { createFileKey, keepOnlyKeys, openFileKey } from './keys/file-key.ts';
import { leave } from './leave.ts';
import { lockFolder } from './lock.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { trustOnly } from './pin.ts';
import { createPulse } from './pulse.ts';
import { createReadingSource, type SlowMode } from './reading-source.ts';
import { type Reporter, report } from './report.ts';
import { type Enrollment, openState } from './state.ts';
import { createView, NO_BASELINE, problemOf } from './view.ts';
import { createWatcher } from './watch/index.ts';
import type { Unwatched } from './watch/source.ts';

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
  /** `caPin`: SHA-256 of the one certificate authority to believe, in hexadecimal. */
  enroll(wish: { readonly server: string; readonly token: string; readonly caPin?: string }): Promise<Enrollment>;
  /** The service that it is enrolled at moved to another address. What it signs is for the audience, not for the address. */
  moveTo(server: string): void;
  /** Reads and appraises; sends nothing. */
  look(options?: { readonly slow: SlowMode }): Promise<TrayState>;
  /** Reads, appraises, reports. @throws StanceError as `report` does. */
  refresh(options?: { readonly slow: SlowMode }): Promise<Refreshed>;
  /** The next report brings a new key. */
  rotateKey(): Promise<void>;
  /** Tells the service that this device leaves, and removes everything that the agent keeps. `force`: even where the service cannot be told. */
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

const DEFAULT_INTERVAL_MS = 5 * 60 * 1000;

export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { stateDir, version } = options;
  const host = typeof options.host === 'function' ? options.host() : options.host;
  const checks = options.checks ?? CATALOGUE;
  const fetcher = options.fetch ?? fetch;
  makeFolder(stateDir);
  const unlock = lockFolder(stateDir);
  const state = openState(stateDir);
  const view = createView(state, host, checks, version);
  const source = createReadingSource({
    ...{ host: options.host, checks, stateDir, onRefreshed: () => pulse.beatSoon() },
    ...(options.merge === undefined ? {} : { merge: options.merge }),
  });
  let outbox: Outbox;
  try {
    markAsCache(stateDir);
    const identity = state.identity();
    if (identity?.enrollment.ca !== undefined) trustOnly(identity.enrollment.ca);
    outbox = openOutbox(stateDir, identity?.chain.observed ?? 0);
    view.show({});
  } catch (error) {
    unlock();
    throw error;
  }
  let intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS;
  let busy: Promise<unknown> = Promise.resolve();

  /** Keys that are this device's: the one that counts, the one that shall, the one that did. */
  function tidyKeys(): void {
    const identity = state.identity();
    const keys = identity === undefined ? [] : [identity.enrollment.jwk, identity.nextJwk, identity.previousJwk];
    keepOnlyKeys(
      stateDir,
      keys.filter((jwk) => jwk !== null),
    );
  }

  /** One thing at a time: two reports at once would sign two evidences for one place. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = busy.then(work, work);
    busy = turn.catch(() => {});
    return turn;
  }

  async function observe(read: Promise<readonly Reading[]>): Promise<readonly Reading[]> {
    const readings = await read;
    view.show({ readings, appraisal: view.appraise(readings), readAt: new Date().toISOString() });
    return readings;
  }

  const reporterFor = (enrollment: Enrollment): Reporter => ({
    ...{ state, outbox, host, checks, version },
    client: createClient(enrollment.server, fetcher),
    signer: (jwk) => openFileKey(stateDir, jwk),
    // By the clock on the wall: a recorded machine's own stands still.
    now: options.now ?? Date.now,
  });

  async function reportNow(read: () => Promise<readonly Reading[]>): Promise<Refreshed> {
    const enrollment = state.identity()?.enrollment;
    if (enrollment === undefined) {
      await observe(read());
      throw new StanceError('not-enrolled', NO_BASELINE);
    }
    const { answer, jws, seq } = await report(reporterFor(enrollment), () => observe(read()));
    tidyKeys();
    intervalMs = answer.reportIntervalMs;
    const { readings } = view.current();
    return { readings, appraisal: view.appraise(readings), jws, seq, compliance: answer.compliance as Compliance, state: answer.state };
  }

  function refresh(read: () => Promise<readonly Reading[]>): Promise<Refreshed> {
    return inTurn(async () => {
      view.show({ checking: true });
      try {
        const refreshed = await reportNow(read);
        view.show({ checking: false, appraisal: refreshed.appraisal }, null);
        return refreshed;
      } catch (error) {
        view.show({ checking: false }, problemOf(error));
        throw error;
      }
    });
  }

  /** Something was touched: what it may have changed is read again, and reported at once where it did. */
  async function lookAgain(ids: ReadonlySet<string>): Promise<void> {
    const known = view.current().readings;
    const readings = await inTurn(() => source.reread(ids));
    if (known.length > 0 && digestReadings(readings, sha256) === digestReadings(known, sha256)) return;
    await refresh(async () => readings);
  }

  const pulse = createPulse({
    intervalMs: () => intervalMs,
    beat: () => refresh(() => source.read({ slow: 'cache' })),
    lookAgain,
    // A recorded machine does not change, and this one is not it.
    ...(options.recorded === true ? {} : { watch: (onChange) => createWatcher({ platform: host.os, checks, env: host.env, onChange }) }),
  });

  return {
    enrollment: () => state.identity()?.enrollment ?? null,
    enroll: (wish) =>
      inTurn(async () => {
        // A key that joined before is another device's. The old one stays this device's until the new one has joined.
        const about = { ...wish, platform: host.os, describe: options.recorded !== true, observed: outbox.last };
        try {
          const enrollment = await enroll(state, fetcher, () => createFileKey(stateDir), about);
          outbox.drop(outbox.last);
          return enrollment;
        } finally {
          tidyKeys();
          view.show({}, null);
        }
      }),
    moveTo(server) {
      const enrollment = state.identity()?.enrollment;
      if (enrollment !== undefined && enrollment.server !== server) state.update({ enrollment: { ...enrollment, server } });
    },
    look: ({ slow } = { slow: 'cache' }) =>
      inTurn(async () => {
        view.show({ checking: true });
        await observe(source.read({ slow }));
        view.show({ checking: false });
        return view.current();
      }),
    refresh: ({ slow } = { slow: 'cache' }) => refresh(() => source.read({ slow })),
    rotateKey: () => inTurn(async () => state.update({ nextJwk: createFileKey(stateDir).publicJwk })),
    unenroll: ({ force } = { force: false }) =>
      inTurn(async () => {
        const enrollment = state.identity()?.enrollment;
        if (enrollment !== undefined) await leave(enrollment, createClient(enrollment.server, fetcher), openFileKey(stateDir, enrollment.jwk), force);
        pulse.stop();
        await source.settle();
        state.remove();
        outbox.remove();
        keepOnlyKeys(stateDir, []);
        view.show({}, null);
      }),
    state: view.current,
    onState: view.onState,
    start: pulse.start,
    touch: pulse.touch,
    unwatched: pulse.unwatched,
    async stop() {
      pulse.stop();
      await busy;
      await source.settle();
      unlock();
    },
  };
}
