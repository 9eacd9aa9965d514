/** `stance session`: the part of Stance that runs in a person's session, without a window: it reads what belongs there, and holds no key. */
import process from 'node:process';
import { createCompanion, socketFile } from '../agent/index.ts';
import { StanceError } from '../model/index.ts';
import { stateLine } from './agent.ts';
import { hostFor } from './machine.ts';
import { say, sayJson, withProgress } from './output.ts';
import { withVerdicts } from './readings.ts';
import { untilStopped } from './signals.ts';
import { VERSION } from './version.ts';

export async function session(options: { once?: boolean; json?: boolean }): Promise<number> {
  const socket = socketFile();
  if (socket === undefined) throw new StanceError('usage', 'There is no local socket on this system yet.');
  const json = options.json === true;
  const running = await createCompanion({ host: hostFor(undefined), version: VERSION, socket });
  try {
    if (options.once) {
      const state = await withProgress('Reading and handing over', running.checkAgain());
      if (state.agent === 'away') throw running.trouble() ?? new StanceError('system-agent-absent', 'The system agent has just gone.');
      if (json) sayJson({ ...state, readings: state.appraisal === null ? state.readings : withVerdicts(state.readings, state.appraisal) });
      else say(stateLine(state, false));
      return 0;
    }
    const show = (state: Parameters<typeof stateLine>[0]): void => void process.stdout.write(`${stateLine(state, json)}\n`);
    running.onState(show);
    show(running.state());
    await untilStopped();
    return 0;
  } finally {
    await running.stop();
  }
}
