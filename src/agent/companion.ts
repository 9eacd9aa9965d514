/**
 * One agent for a machine, seen from a person's session. Where no system agent reports, this process is the agent, with a key of its
 * own; where one does, it hands over and becomes a session process. A system agent that is away for a while is waited for: it is being
 * updated, or the machine is just starting. Only when it stays away does this process take up its own reporting again.
 */
import { CATALOGUE } from '../checks/index.ts';
import { type Check, type Host, StanceError, type TrayState } from '../model/index.ts';
import type { Agent } from './agent-options.ts';
import { createCheckAgain } from './check-again.ts';
import { createSession, type Session } from './session.ts';
import { openState } from './state.ts';

/** Longer than an update of the package or a start of the system takes. */
const TAKE_UP_MS = 10 * 60_000;

export interface CompanionOptions {
  readonly host: Host;
  readonly version: string;
  readonly checks?: readonly Check[];
  /** Where the system agent listens; left out: there is none to look for. */
  readonly socket?: string;
  /** Opens the agent of this person's own; left out: this is a session process and nothing else. */
  readonly own?: { readonly stateDir: string; readonly open: () => Promise<Agent> };
  /** How long a system agent is waited for, ms. */
  readonly takeUpMs?: number;
}

export interface Companion {
  state(): TrayState;
  /** Reads again what this process reads, and has whoever reports report. What goes wrong is in the state. */
  checkAgain(): Promise<TrayState>;
  onState(listener: (state: TrayState) => void): () => void;
  /** Why no system agent is spoken to; null where one is. */
  trouble(): StanceError | null;
  stop(): Promise<void>;
}

/** @throws StanceError of the own agent, where that is the one to begin with */
export async function createCompanion(options: CompanionOptions): Promise<Companion> {
  const { host, version, socket, own: mine, checks = CATALOGUE, takeUpMs = TAKE_UP_MS } = options;
  const kept = mine === undefined ? undefined : openState(mine.stateDir);
  const listeners = new Set<(state: TrayState) => void>();
  let session: Session | undefined;
  let own: { readonly agent: Agent; readonly checkAgain: () => Promise<void>; readonly stopListening: () => void } | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let failure: unknown;
  let turn: Promise<void> = Promise.resolve();
  let begun = false;
  let stopped = false;
  let last: TrayState = {
    ...{ appraisal: null, readings: [], checking: false, readAt: null, privilege: 'user', agent: 'away', version },
    report: { enrolled: false, server: null, lastReportedAt: null, problem: null, serialNumber: null },
    managed: null,
  };
  let handedOver = kept?.handedOver.read() !== undefined;

  /** A system agent that reports. One that has joined nowhere takes nothing over. */
  function served(): TrayState | undefined {
    const state = session?.state() ?? undefined;
    return mine === undefined || state?.report.enrolled === true ? state : undefined;
  }
  function away(): TrayState {
    const { report } = last;
    const why = failure instanceof StanceError ? failure.message : `Waiting for the system agent of this computer. ${session?.trouble()?.message ?? ''}`;
    return { ...last, checking: false, agent: 'away', report: { ...report, problem: why.trim() } };
  }
  const state = (): TrayState => served() ?? own?.agent.state() ?? away();
  function show(): void {
    last = state();
    for (const listener of listeners) listener(last);
  }

  async function handOver(): Promise<void> {
    clearTimeout(waiting);
    waiting = undefined;
    failure = undefined;
    const before = own;
    own = undefined;
    before?.stopListening();
    await before?.agent.stop();
    if (handedOver) return;
    handedOver = true;
    // Only who has something to hold back must remember it.
    if (kept?.identity() !== undefined) kept.handedOver.write({ at: new Date(host.now()).toISOString() });
  }
  /** @throws StanceError of the own agent */
  async function takeUp(): Promise<void> {
    if (mine === undefined || own !== undefined || stopped) return;
    const agent = await mine.open();
    own = { agent, checkAgain: createCheckAgain(agent), stopListening: agent.onState(show) };
    handedOver = false;
    failure = undefined;
    kept?.handedOver.remove();
    agent.start();
  }
  function wait(): void {
    if (waiting !== undefined || mine === undefined) return;
    waiting = setTimeout(() => {
      waiting = undefined;
      handedOver = false;
      turnOver();
    }, takeUpMs);
  }
  /** Brings about what should be: at once, or after the wait. */
  async function settle(): Promise<void> {
    if (stopped) return;
    if (served() !== undefined) await handOver();
    else if (own === undefined) {
      if (handedOver) wait();
      else await takeUp();
    }
  }
  function turnOver(): void {
    if (!begun) return;
    turn = turn.then(settle).catch((error: unknown) => {
      failure = error;
      if (!(error instanceof StanceError)) process.emitWarning(error instanceof Error ? error : String(error));
      // Tried again after the same while.
      handedOver = true;
      wait();
    });
    void turn.then(show);
  }

  if (socket !== undefined) session = await createSession({ file: socket, host, checks, version, onChange: turnOver });
  try {
    await settle();
    begun = true;
  } catch (error) {
    session?.stop();
    throw error;
  }
  // What has changed meanwhile.
  turnOver();
  last = state();
  return {
    state,
    async checkAgain() {
      try {
        if (served() !== undefined) await session?.checkAgain();
        else await own?.checkAgain();
      } catch (error) {
        // Asked too often, or the system agent has just gone: what is known is shown.
        if (!(error instanceof StanceError)) throw error;
      }
      return state();
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    trouble: () => session?.trouble() ?? null,
    async stop() {
      stopped = true;
      clearTimeout(waiting);
      session?.stop();
      await turn;
      own?.stopListening();
      await own?.agent.stop();
    },
  };
}
