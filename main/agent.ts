/** The agent behind the tray: the same one as the command line's, in process. */
import { readFileSync } from 'node:fs';
import { createAgent } from '../src/agent/index.ts';
import { createRealHost, createRecordedHost, parseRecording } from '../src/host/index.ts';
import { StanceError } from '../src/model/index.ts';
import type { AgentPort } from './agent-port.ts';

interface Options {
  readonly version: string;
  readonly stateDir: string;
  /** A file with a recorded machine, read anew at each check. */
  readonly replay?: string;
}

/** @throws StanceError `agent-running`, `state-unwritable`, `state-corrupt`. */
export async function createTrayAgent({ version, stateDir, replay }: Options): Promise<AgentPort> {
  const host = replay === undefined ? createRealHost() : () => createRecordedHost(parseRecording(readFileSync(replay, 'utf8')));
  const agent = await createAgent({ stateDir, host, version, recorded: replay !== undefined });
  let running: Promise<unknown> | undefined;

  /** Reports where there is somebody to report to; what goes wrong is in the state, for the person to see. */
  async function check(): Promise<void> {
    try {
      await (agent.enrollment() === null ? agent.look({ slow: 'cache-or-wait' }) : agent.refresh({ slow: 'cache-or-wait' }));
    } catch (error) {
      if (!(error instanceof StanceError)) throw error;
    }
  }
  agent.start();
  return {
    state: () => agent.state(),
    async checkAgain() {
      running ??= check().finally(() => {
        running = undefined;
      });
      await running;
      return agent.state();
    },
    onState: (listener) => agent.onState(listener),
    settingsLink: (id) => agent.state().appraisal?.checks.find(({ check: other }) => other === id)?.remedy?.open,
    stop: () => agent.stop(),
  };
}
