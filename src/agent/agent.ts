/** The agent: reads, appraises, reports, at an interval. One for a state folder; the tray, the command line and the demo are shells around it. */
import { CATALOGUE } from '../checks/index.ts';
import { type Appraisal, type Check, type Compliance, type Host, type Reading, StanceError, type TrayState } from '../model/index.ts';
import { appraise, type Baseline, readBaseline, type Versioned } from '../policy/index.ts';
import { createClient } from './client.ts';
import { makeFolder } from './durable.ts';
import { enroll } from './enroll.ts';
import type { Fetch } from './http.ts';
import { createFileKey, keepOnlyKey, openFileKey } from './keys/file-key.ts';
import { lockFolder } from './lock.ts';
import { createReadingSource, type SlowMode } from './reading-source.ts';
import { type Observation, type Report, report } from './report.ts';
import { type Enrollment, openState } from './state.ts';

export interface AgentOptions {
  readonly stateDir: string;
  /** The machine; a function is asked before each reading, for recordings that change. */
  readonly host: Host | (() => Host);
  readonly version: string;
  readonly checks?: readonly Check[];
  /** The machine is a recorded one: it is not described by this one's model and system. */
  readonly recorded?: boolean;
  /** Report interval where the service names none, ms. */
  readonly intervalMs?: number;
  readonly fetch?: Fetch;
}

export interface Refreshed {
  readonly readings: readonly Reading[];
  readonly appraisal: Appraisal;
  readonly jws: string;
  readonly seq: number;
  readonly compliance: Compliance;
}

export interface Agent {
  enrollment(): Enrollment | null;
  enroll(wish: { readonly server: string; readonly token: string }): Promise<Enrollment>;
  /** The service that it is enrolled at moved to another address. What it signs is for the audience, not for the address. */
  moveTo(server: string): void;
  /** Reads and appraises; sends nothing. */
  look(options?: { readonly slow: SlowMode }): Promise<TrayState>;
  /** Reads, appraises, reports. @throws StanceError as `report` does. */
  refresh(options?: { readonly slow: SlowMode }): Promise<Refreshed>;
  state(): TrayState;
  onState(listener: (state: TrayState) => void): () => void;
  /** Refreshes at the interval until `stop`. */
  start(): void;
  stop(): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 5 * 60 * 1000;
const MAX_BACKOFF_MS = 60 * 60 * 1000;
/** Tells of a posture without rules: every check is shown, none counts. */
const NO_BASELINE = 'No baseline yet: enroll this device.';

export async function createAgent(options: AgentOptions): Promise<Agent> {
  const { stateDir, version } = options;
  const host = typeof options.host === 'function' ? options.host() : options.host;
  const checks = options.checks ?? CATALOGUE;
  const fetcher = options.fetch ?? fetch;
  makeFolder(stateDir);
  const unlock = lockFolder(stateDir);
  const state = openState(stateDir);
  const listeners = new Set<(state: TrayState) => void>();
  const source = createReadingSource({ host: options.host, checks, stateDir, onRefreshed: () => void tick() });
  let intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS;
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let failures = 0;
  let busy: Promise<unknown> = Promise.resolve();

  let current: TrayState = {
    appraisal: null,
    readings: [],
    checking: false,
    readAt: null,
    report: { enrolled: false, server: null, lastReportedAt: null, problem: null },
    privilege: host.user.uid === 0 ? 'system' : 'user',
    version,
  };
  function show(change: Partial<TrayState>, problem?: string | null): void {
    const identity = state.identity();
    const shown = {
      enrolled: identity !== undefined,
      server: identity?.enrollment.server ?? null,
      lastReportedAt: identity?.chain.lastReportedAt ?? null,
      problem: problem === undefined ? current.report.problem : problem,
    };
    current = { ...current, ...change, report: shown };
    for (const listener of listeners) listener(current);
  }
  try {
    show({});
  } catch (error) {
    unlock();
    throw error;
  }

  let kept: Versioned<Baseline> | null | undefined;
  function baseline(): Versioned<Baseline> | null {
    const stored = state.identity()?.baseline ?? null;
    if (stored === null) return null;
    if (kept?.version !== stored.version) {
      try {
        kept = readBaseline(stored.document);
      } catch {
        // Made for a newer catalogue: the service judges by it, this agent cannot show it.
        kept = null;
      }
    }
    return kept ?? null;
  }
  function appraiseNow(readings: readonly Reading[]): Appraisal {
    const rules = baseline();
    const appraisal = appraise(readings, { baseline: rules, platform: host.os, catalogue: checks, at: host.now() });
    return rules === null && state.identity() === undefined ? { ...appraisal, compliance: 'unknown', reasons: [NO_BASELINE] } : appraisal;
  }

  async function observe(slow: SlowMode): Promise<Observation> {
    const readings = await source.read({ slow });
    // By the clock on the wall: a recorded machine's own stands still.
    const observedAt = new Date().toISOString();
    show({ readings, appraisal: appraiseNow(readings), readAt: observedAt });
    return { readings, observedAt };
  }

  /** One thing at a time: two reports at once would sign two evidences for one place. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = busy.then(work, work);
    busy = turn.catch(() => {});
    return turn;
  }

  function refresh(slow: SlowMode): Promise<Refreshed> {
    return inTurn(async () => {
      show({ checking: true });
      try {
        const enrollment = state.identity()?.enrollment;
        if (enrollment === undefined) {
          await observe(slow);
          throw new StanceError('not-enrolled', NO_BASELINE);
        }
        const reporter = {
          state,
          client: createClient(enrollment.server, fetcher),
          signer: openFileKey(stateDir, enrollment.jwk),
          host,
          checks,
          version,
          now: () => host.now(),
        };
        const sent: Report = await report(reporter, enrollment, () => observe(slow));
        intervalMs = sent.answer.reportIntervalMs;
        failures = 0;
        const appraisal = appraiseNow(current.readings);
        show({ checking: false, appraisal }, null);
        return { readings: current.readings, appraisal, jws: sent.jws, seq: sent.seq, compliance: sent.answer.compliance as Compliance };
      } catch (error) {
        failures++;
        show(
          { checking: false },
          error instanceof StanceError ? (error.code === 'not-enrolled' ? null : error.message) : 'Something went wrong in the agent. Its log says what.',
        );
        throw error;
      }
    });
  }

  /** The next turn: sooner where all is well, later the longer it fails; jittered, so that a thousand agents do not come at once. */
  function plan(): void {
    if (!started) return;
    clearTimeout(timer);
    const delay = Math.min(intervalMs * 2 ** Math.min(failures, 6), Math.max(intervalMs, MAX_BACKOFF_MS));
    timer = setTimeout(() => void tick(), delay * (0.9 + Math.random() * 0.2));
  }
  async function tick(): Promise<void> {
    try {
      await refresh('cache');
    } catch (error) {
      // Shown to the person by `show`; tried again by `plan`. A defect must not end an agent silently.
      if (!(error instanceof StanceError)) process.emitWarning(error instanceof Error ? error : String(error));
    } finally {
      plan();
    }
  }

  return {
    enrollment: () => state.identity()?.enrollment ?? null,
    enroll: ({ server, token }) =>
      inTurn(async () => {
        // A key that joined before is another device's. The old one stays this device's until the new one has joined.
        const wish = { server, token, platform: host.os, describe: options.recorded !== true };
        try {
          await enroll(state, createClient(server, fetcher), createFileKey(stateDir), wish);
        } finally {
          keepOnlyKey(stateDir, state.identity()?.enrollment.jwk);
        }
        show({}, null);
        const joined = state.identity();
        if (joined === undefined) throw new StanceError('not-enrolled', 'The enrollment was removed while it was made.');
        return joined.enrollment;
      }),
    moveTo(server) {
      const enrollment = state.identity()?.enrollment;
      if (enrollment !== undefined && enrollment.server !== server) state.update({ enrollment: { ...enrollment, server } });
    },
    look: ({ slow } = { slow: 'cache' }) =>
      inTurn(async () => {
        show({ checking: true });
        await observe(slow);
        show({ checking: false });
        return current;
      }),
    refresh: ({ slow } = { slow: 'cache' }) => refresh(slow),
    state: () => current,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      if (started) return;
      started = true;
      void tick();
    },
    async stop() {
      started = false;
      clearTimeout(timer);
      await busy;
      await source.settle();
      unlock();
    },
  };
}
