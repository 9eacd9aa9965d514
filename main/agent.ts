/** The agent in process, without enrollment: reads this machine, or a recorded one, and appraises it with the default baseline. */
import type { Appraisal, Reading, TrayState } from '../src/model/index.ts';
import type { AgentPort } from './agent-port.ts';
import { examine } from './examine.ts';

const INTERVAL_MS = 15 * 60_000;

interface Options {
  readonly version: string;
  /** A file with a recorded machine, read anew at each check. */
  readonly replay?: string;
}

export function createLocalAgent({ version, replay }: Options): AgentPort {
  const listeners = new Set<(state: TrayState) => void>();
  let running: Promise<TrayState> | undefined;
  let state: TrayState = {
    appraisal: null,
    readings: [],
    checking: false,
    readAt: null,
    report: { enrolled: false, server: null, lastReportedAt: null, problem: null },
    privilege: 'user',
    version,
  };

  const change = (more: Partial<TrayState>): TrayState => {
    state = { ...state, ...more };
    for (const listener of listeners) listener(state);
    return state;
  };
  const check = async (): Promise<TrayState> => {
    change({ checking: true });
    try {
      const examined = await examine(replay);
      return change({ ...examined, checking: false, readAt: new Date().toISOString() });
    } catch (error) {
      change({ checking: false });
      throw error;
    } finally {
      running = undefined;
    }
  };
  const checkAgain = (): Promise<TrayState> => {
    running ??= check();
    return running;
  };
  const timer = setInterval(() => checkAgain().catch((error: unknown) => console.error('check:', error)), INTERVAL_MS);

  return {
    state: () => state,
    checkAgain,
    onState: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    settingsLink: (id) => state.appraisal?.checks.find(({ check: other }) => other === id)?.remedy?.open,
    stop: async () => {
      clearInterval(timer);
      listeners.clear();
    },
  };
}

export interface Examined {
  readonly appraisal: Appraisal;
  readonly readings: readonly Reading[];
  readonly privilege: TrayState['privilege'];
}
