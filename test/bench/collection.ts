/** Reading all `cheap` and `process` checks of this machine, against `systeminformation.getStaticData()`. */
import { performance } from 'node:perf_hooks';
import { getStaticData } from 'systeminformation';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { createRealHost } from '../../src/host/index.ts';
import type { Measurement } from './main.ts';

const MAX_MS = 200;
const MAX_RATIO = 1 / 3;
const MAX_PROCESSES = 10;
const ROUNDS = 7;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export async function run(): Promise<readonly Measurement[]> {
  const checks = CATALOGUE.filter((check) => check.cost !== 'slow');
  const ours: number[] = [];
  const theirs: number[] = [];
  let processes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    // A fresh host each time: nothing that an earlier round remembered counts.
    processes = 0;
    const host = await createRealHost({ onRun: () => void processes++ });
    ours.push(await timed(() => readChecks(checks, host)));
    theirs.push(await timed(() => getStaticData()));
  }
  const [mine, yardstick] = [median(ours), median(theirs)];
  return [
    {
      name: 'collection: all cheap and process checks, wall time',
      ours: mine,
      yardstick,
      unit: 'ms',
      ratio: mine / yardstick,
      must: `<= ${MAX_MS} ms and <= 1/3`,
      held: mine <= MAX_MS && mine / yardstick <= MAX_RATIO,
      notes: `${checks.length} checks, median of ${ROUNDS}`,
    },
    {
      name: 'collection: programs started',
      ours: processes,
      yardstick: MAX_PROCESSES,
      unit: 'processes (the yardstick is the bound)',
      ratio: processes / MAX_PROCESSES,
      must: `<= ${MAX_PROCESSES}`,
      held: processes <= MAX_PROCESSES,
    },
  ];
}
