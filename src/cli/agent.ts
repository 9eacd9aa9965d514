/** `stance agent`: read and report at an interval, without a window. As root the system agent; else a person's own, which hands over to one. */
import process from 'node:process';
import {
  type Agent,
  connectLocally,
  createAgent,
  createCompanion,
  createSystemAgent,
  managedDoor,
  readSettings,
  requireMayChange,
  socketFile,
} from '../agent/index.ts';
import { managedView, StanceError, type TrayState } from '../model/index.ts';
import { spareNativeMemory } from './frugality.ts';
import { leanFetch } from './lean-fetch.ts';
import { hostFor } from './machine.ts';
import { complianceWord, say, sayJson, warn, withProgress } from './output.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

/** Says on stderr what is worth a line in the log, when it changes: faults of what is managed, that this device has joined. */
function logChanges(): (state: TrayState) => void {
  let said = new Set<string>();
  let server: string | null | undefined;
  return ({ managed, report }) => {
    const faults = managed?.faults ?? [];
    for (const fault of faults) if (!said.has(fault)) warn(fault);
    said = new Set(faults);
    if (server !== undefined && report.server !== null && report.server !== server) warn(`This device is enrolled at ${report.server}.`);
    server = report.server;
  };
}

/** @throws StanceError `agent-running`: who reports once beside a system agent would be a second device on one machine */
async function forbidBesideSystemAgent(socket: string | undefined): Promise<void> {
  if (socket === undefined) return;
  try {
    (await connectLocally({ file: socket })).close();
  } catch {
    return;
  }
  throw new StanceError('agent-running', `The system agent of this machine reports for it (${socket}). Have it look again: stance session --once`);
}

/** One line for each change of what a person would see. */
export function stateLine({ readAt, appraisal, report, agent }: TrayState, json: boolean): string {
  if (json) return JSON.stringify({ at: readAt, compliance: appraisal?.compliance ?? null, problem: report.problem, agent });
  const who = agent === 'system' ? '  (the system agent reports)' : '';
  const how = appraisal === null ? 'not read yet' : complianceWord(appraisal.compliance);
  return `${new Date().toISOString()}  ${how}${who}${report.problem === null ? '' : `  ${report.problem}`}`;
}

interface AgentCommandOptions {
  readonly once?: boolean;
  readonly rotateKey?: boolean;
  readonly interval?: string;
  readonly state?: string;
  readonly json?: boolean;
}

export async function agent(options: AgentCommandOptions): Promise<number> {
  const settings = await readSettings();
  const host = hostFor(undefined);
  const root = host.user.uid === 0;
  const stateDir = settings.resolve('state', options.state).value;
  const interval = settings.resolve('intervalMs', options.interval);
  const server = settings.resolve('server', undefined);
  requireMayChange(settings, root, 'intervalMs', interval);
  requireMayChange(settings, root, 'server', server);
  const socket = socketFile();
  const json = options.json === true;
  const agentOptions = {
    ...{ stateDir, host, version: VERSION, intervalMs: interval.value, fetch: leanFetch, managed: managedDoor },
    ...(server.from.startsWith('environment') && server.value !== undefined ? { chosenServer: server.value } : {}),
  };
  let rotate = options.rotateKey === true;
  /** An agent that has joined, or will by what is managed. */
  const ready = async (made: Agent): Promise<Agent> => {
    try {
      const waits = managedView(settings.managed) !== null;
      if (made.enrollment() === null && !waits)
        throw new StanceError('not-enrolled', `Nothing is enrolled in ${stateDir}. Join first: stance enroll --server URL --enrollment-token TOKEN`);
      if (made.enrollment() === null) warn('This device has not joined a posture service. It does when its managed configuration lets it.');
      if (rotate) await made.rotateKey();
      rotate = false;
      return made;
    } catch (error) {
      await made.stop();
      throw error;
    }
  };

  if (options.once) {
    await forbidBesideSystemAgent(socket);
    const running = await ready(await createAgent(agentOptions));
    try {
      const stopLogging = running.onState(logChanges());
      const { seq, compliance, readings, state } = await withProgress('Reading and reporting', running.refresh({ slow: 'wait' }));
      stopLogging();
      if (json) sayJson({ accepted: true, seq, compliance, state, readings });
      else say(`Report ${seq} is accepted: ${complianceWord(compliance)}${state === 'active' ? '' : ` (this device is ${state})`}`);
      return 0;
    } finally {
      await running.stop();
    }
  }
  // Before the agent allocates anything.
  const quiet = await spareNativeMemory();
  const own = { stateDir, open: async () => ready(await createAgent(agentOptions)) };
  const running =
    root && socket !== undefined
      ? await ready(await createSystemAgent({ ...agentOptions, socket }))
      : await createCompanion({ host, version: VERSION, own, ...(socket === undefined ? {} : { socket }) });
  try {
    running.onState((state) => process.stdout.write(`${stateLine(state, json)}\n`));
    running.onState(logChanges());
    running.onState(quiet);
    if ('start' in running) running.start();
    await untilStopped();
    return 0;
  } finally {
    await running.stop();
  }
}
