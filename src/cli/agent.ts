/** `stance agent`: read and report at an interval, without a window. As root the system agent; else a person's own, which hands over to one. */
import process from 'node:process';
import { type Agent, connectLocally, createAgent, createCompanion, createSystemAgent, socketFile } from '../agent/index.ts';
import { StanceError, type TrayState } from '../model/index.ts';
import { leanFetch } from './lean-fetch.ts';
import { hostFor } from './machine.ts';
import { complianceWord, say, sayJson, withProgress } from './output.ts';
import { resolveSetting } from './settings.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

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
  const stateDir = resolveSetting('state', options.state).value ?? '';
  const host = hostFor(undefined);
  const socket = socketFile();
  const json = options.json === true;
  const agentOptions = { stateDir, host, version: VERSION, intervalMs: resolveSetting('intervalMs', options.interval).value, fetch: leanFetch };
  let rotate = options.rotateKey === true;
  const joined = async (made: Agent): Promise<Agent> => {
    try {
      if (made.enrollment() === null)
        throw new StanceError('not-enrolled', `Nothing is enrolled in ${stateDir}. Join first: stance enroll --server URL --enrollment-token TOKEN`);
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
    const running = await joined(await createAgent(agentOptions));
    try {
      const { seq, compliance, readings, state } = await withProgress('Reading and reporting', running.refresh({ slow: 'wait' }));
      if (json) sayJson({ accepted: true, seq, compliance, state, readings });
      else say(`Report ${seq} is accepted: ${complianceWord(compliance)}${state === 'active' ? '' : ` (this device is ${state})`}`);
      return 0;
    } finally {
      await running.stop();
    }
  }
  const own = { stateDir, open: async () => joined(await createAgent(agentOptions)) };
  const running =
    host.user.uid === 0 && socket !== undefined
      ? await joined(await createSystemAgent({ ...agentOptions, socket }))
      : await createCompanion({ host, version: VERSION, own, ...(socket === undefined ? {} : { socket }) });
  try {
    running.onState((state) => process.stdout.write(`${stateLine(state, json)}\n`));
    if ('start' in running) running.start();
    await untilStopped();
    return 0;
  } finally {
    await running.stop();
  }
}
