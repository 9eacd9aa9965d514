/** All that Electron's main process knows of an agent. What reads, signs and reports stands behind it. */
import type { TrayState } from '../src/model/index.ts';

export interface AgentPort {
  state(): TrayState;
  /** Reads every check again and answers with what came out. A second call while one runs joins it. */
  checkAgain(): Promise<TrayState>;
  /** Calls `listener` after every change of the state; the answer ends that. */
  onState(listener: (state: TrayState) => void): () => void;
  /** The settings pane that mends a check, where its remedy names one. */
  settingsLink(check: string): string | undefined;
  stop(): Promise<void>;
}
