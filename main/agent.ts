/** The agent behind the tray: the same one as the command line's, in process; or, where a system agent reports, its window. */
import { readFileSync } from 'node:fs';
import { createAgent, createCompanion, socketFile } from '../src/agent/index.ts';
import { createRealHost, createRecordedHost, parseRecording } from '../src/host/index.ts';
import type { AgentPort } from './agent-port.ts';

interface Options {
  readonly version: string;
  readonly stateDir: string;
  /** A file with a recorded machine, read anew at each check. */
  readonly replay?: string;
}

/** @throws StanceError `agent-running`, `state-unwritable`, `state-corrupt`. */
export async function createTrayAgent({ version, stateDir, replay }: Options): Promise<AgentPort> {
  const real = createRealHost();
  const host = replay === undefined ? real : () => createRecordedHost(parseRecording(readFileSync(replay, 'utf8')));
  // A recorded machine has no system agent.
  const socket = replay === undefined ? socketFile() : undefined;
  const companion = await createCompanion({
    ...{ host: real, version },
    ...(socket === undefined ? {} : { socket }),
    own: { stateDir, open: () => createAgent({ stateDir, host, version, recorded: replay !== undefined }) },
  });
  return {
    ...companion,
    settingsLink: (id) => companion.state().appraisal?.checks.find(({ check: other }) => other === id)?.remedy?.open,
  };
}
