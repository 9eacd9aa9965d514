/** `stance check`: read this machine (or a recorded one) and judge it by default parameters. Sends nothing. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { createReadingSource, readSettings } from '../agent/index.ts';
import { CATALOGUE, checkById } from '../checks/index.ts';
import { createRecorder } from '../host/index.ts';
import { type Check, StanceError } from '../model/index.ts';
import { appraise } from '../policy/index.ts';
import { hostFor } from './machine.ts';
import { faint, say, sayJson, warn, withProgress } from './output.ts';
import { verdictTable, withVerdicts } from './readings.ts';

interface CheckOptions {
  readonly only?: readonly string[];
  readonly slow: boolean;
  readonly record?: string;
  readonly replay?: string;
  readonly state?: string;
  readonly json?: boolean;
}

function chosen(only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined) return CATALOGUE;
  return only.map((id) => {
    const check = checkById(id);
    if (check === undefined) throw new StanceError('usage', `There is no check ${id}. There are: ${CATALOGUE.map((known) => known.id).join(', ')}.`);
    return check;
  });
}

export async function check(options: CheckOptions): Promise<number> {
  const checks = chosen(options.only);
  const machine = hostFor(options.replay);
  const recorder = options.record === undefined ? undefined : createRecorder(machine);
  const host = recorder?.host ?? machine;
  // A recording, made or read, is of one moment: what was cached at another has no place in it.
  const cached = options.replay === undefined && recorder === undefined;
  const source = createReadingSource({ host, checks, ...(cached ? { stateDir: (await readSettings()).resolve('state', options.state).value } : {}) });
  const startedAt = performance.now();
  const readings = await withProgress('Reading this device', source.read({ slow: options.slow ? 'cache-or-wait' : 'skip' }));
  const tookMs = Math.round(performance.now() - startedAt);
  const appraisal = appraise(readings, { baselines: [], platform: host.os, catalogue: checks, at: host.now() });
  if (recorder !== undefined && options.record !== undefined) {
    writeFileSync(options.record, `${JSON.stringify(recorder.recording(), null, 1)}\n`);
    warn(`Recorded in ${path.resolve(options.record)}. Names and serial numbers are masked; look it through before you share it.`);
  }
  if (options.json) sayJson({ platform: host.os, readings: withVerdicts(readings, appraisal), tookMs });
  else {
    say(verdictTable(appraisal, true));
    say(faint(`\n${host.release}, ${host.user.admin ? 'with' : 'without'} administrator rights, ${tookMs} ms`));
  }
  return appraisal.checks.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
