/** The agent behind the tray: the same one as the command line's, in process. */
import { readFileSync } from 'node:fs';
import { createAgent, type ManagedDoor, managedDoor, mergeManaged, readSettings, requireMayChange } from '../src/agent/index.ts';
import { createRealHost, createRecordedHost, parseRecording } from '../src/host/index.ts';
import { StanceError } from '../src/model/index.ts';
import type { AgentPort } from './agent-port.ts';

interface Options {
  readonly version: string;
  /** A file with a recorded machine, read anew at each check. */
  readonly replay?: string;
  /** A file with the managed configuration of the recorded machine. */
  readonly replayManaged?: string;
}

/** What is managed on a recorded machine is not what is managed on this one. */
const recordedDoor = (file: string | undefined): ManagedDoor => ({
  read: async () => mergeManaged(file === undefined ? [] : [{ name: file, text: readFileSync(file, 'utf8') }]),
  watch: () => () => undefined,
});

/** @throws StanceError `agent-running`, `state-unwritable`, `state-corrupt`, `usage` for settings that cannot be used. */
export async function createTrayAgent({ version, replay, replayManaged }: Options): Promise<AgentPort> {
  const settings = await readSettings();
  const real = createRealHost();
  /** A setting, unless a person chose it who may not: then that of the organisation, which is said and no reason not to start. */
  function allowed<T extends string | number | undefined>(name: 'server' | 'intervalMs', setting: { readonly value: T; readonly from: string }) {
    try {
      requireMayChange(settings, real.user.uid === 0, name, setting);
      return setting;
    } catch (error) {
      if (!(error instanceof StanceError)) throw error;
      console.error(error.message);
      return { value: settings.managed.values[name] as T, from: 'managed configuration' };
    }
  }
  const interval = allowed('intervalMs', settings.resolve('intervalMs', undefined));
  const server = allowed('server', settings.resolve('server', undefined));
  const agent = await createAgent({
    stateDir: settings.resolve('state', undefined).value,
    host: replay === undefined ? real : () => createRecordedHost(parseRecording(readFileSync(replay, 'utf8'))),
    version,
    recorded: replay !== undefined,
    intervalMs: interval.value,
    managed: replay === undefined ? managedDoor : recordedDoor(replayManaged),
    ...(server.from.startsWith('environment') && server.value !== undefined ? { chosenServer: server.value } : {}),
  });
  let running: Promise<unknown> | undefined;

  /** Reports where there is somebody to report to; what goes wrong is in the state, for the person to see. */
  async function check(): Promise<void> {
    try {
      // Where nobody is told, this reads and shows all the same; and it may be told from now on.
      await agent.refresh({ slow: 'cache-or-wait' });
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
