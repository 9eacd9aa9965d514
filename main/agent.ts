/** The agent behind the tray: the same one as the command line's, in process; or, where a system agent reports, its window. */
import { readFileSync } from 'node:fs';
import { createAgent, createCompanion, type ManagedDoor, managedDoor, mergeManaged, readSettings, requireMayChange, socketFile } from '../src/agent/index.ts';
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
  const stateDir = settings.resolve('state', undefined).value;
  const open = () =>
    createAgent({
      stateDir,
      host: replay === undefined ? real : () => createRecordedHost(parseRecording(readFileSync(replay, 'utf8'))),
      version,
      recorded: replay !== undefined,
      intervalMs: interval.value,
      managed: replay === undefined ? managedDoor : recordedDoor(replayManaged),
      ...(server.from.startsWith('environment') && server.value !== undefined ? { chosenServer: server.value } : {}),
    });
  // A recorded machine has no system agent.
  const socket = replay === undefined ? socketFile() : undefined;
  const companion = await createCompanion({ host: real, version, own: { stateDir, open }, ...(socket === undefined ? {} : { socket }) });
  return {
    ...companion,
    settingsLink: (id) => companion.state().appraisal?.checks.find(({ check: other }) => other === id)?.remedy?.open,
  };
}
