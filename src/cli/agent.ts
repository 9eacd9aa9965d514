/** `stance agent`: read and report at an interval, without a window. */
import { createAgent } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';
import { leanFetch } from './lean-fetch.ts';
import { hostFor } from './machine.ts';
import { complianceWord, say, sayJson, withProgress } from './output.ts';
import { resolveSetting } from './settings.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

export async function agent(options: { once?: boolean; rotateKey?: boolean; interval?: string; state?: string; json?: boolean }): Promise<number> {
  const stateDir = resolveSetting('state', options.state).value ?? '';
  const running = await createAgent({
    stateDir,
    host: hostFor(undefined),
    version: VERSION,
    intervalMs: resolveSetting('intervalMs', options.interval).value,
    fetch: leanFetch,
  });
  try {
    if (running.enrollment() === null)
      throw new StanceError('not-enrolled', `Nothing is enrolled in ${stateDir}. Join first: stance enroll --server URL --enrollment-token TOKEN`);
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
    return 0;
  } finally {
    await running.stop();
  }
}
