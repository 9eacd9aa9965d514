/** `stance agent`: read and report at an interval, without a window. */
import { createAgent, managedDoor, readSettings, requireMayChange } from '../agent/index.ts';
import { managedView, StanceError, type TrayState } from '../model/index.ts';
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

export async function agent(options: { once?: boolean; rotateKey?: boolean; interval?: string; state?: string; json?: boolean }): Promise<number> {
  const settings = await readSettings();
  const host = hostFor(undefined);
  const stateDir = settings.resolve('state', options.state).value;
  const interval = settings.resolve('intervalMs', options.interval);
  const server = settings.resolve('server', undefined);
  const root = host.user.uid === 0;
  requireMayChange(settings, root, 'intervalMs', interval);
  requireMayChange(settings, root, 'server', server);
  const running = await createAgent({
    ...{ stateDir, host, version: VERSION, intervalMs: interval.value, fetch: leanFetch, managed: managedDoor },
    ...(server.from.startsWith('environment') && server.value !== undefined ? { chosenServer: server.value } : {}),
  });
  try {
    const waits = managedView(settings.managed) !== null;
    if (running.enrollment() === null && !waits)
      throw new StanceError('not-enrolled', `Nothing is enrolled in ${stateDir}. Join first: stance enroll --server URL --enrollment-token TOKEN`);
    if (running.enrollment() === null) warn('This device has not joined a posture service. It does when its managed configuration lets it.');
    const stopLogging = running.onState(logChanges());
    if (options.rotateKey) await running.rotateKey();
    if (options.once) {
      const { seq, compliance, readings, state } = await withProgress('Reading and reporting', running.refresh({ slow: 'wait' }));
      if (options.json) sayJson({ accepted: true, seq, compliance, state, readings });
      else say(`Report ${seq} is accepted: ${complianceWord(compliance)}${state === 'active' ? '' : ` (this device is ${state})`}`);
      return 0;
    }
    const stopListening = running.onState((state) => {
      const { report, appraisal } = state;
      if (options.json) process.stdout.write(`${JSON.stringify({ at: state.readAt, compliance: appraisal?.compliance ?? null, problem: report.problem })}\n`);
      else
        say(
          `${new Date().toISOString()}  ${appraisal === null ? 'not read yet' : complianceWord(appraisal.compliance)}${report.problem === null ? '' : `  ${report.problem}`}`,
        );
    });
    running.start();
    await untilStopped();
    stopListening();
    stopLogging();
    return 0;
  } finally {
    await running.stop();
  }
}
