/** Decisions over HTTP with the posture of 100,000 devices and 50 policies, against a bare fastify route that parses the same body; and the evaluation itself. */
import { performance } from 'node:perf_hooks';
import { compileEngine } from '../../src/policy/index.ts';
import { DEVICES, factsOf, policies, requestOf } from './fleet.ts';
import { buildRequest, compare, dealInLanes, median, type Speeds } from './load.ts';
import type { Measurement } from './main.ts';
import { pinLoad, startServer } from './server.ts';

const ROUNDS = 21;
const WARM_UP = 6;
const REQUESTS = 10_000;
const MUST = 0.6;
const MAX_MICROSECONDS = 20;
export const TOKEN = 'a-token-for-the-bench';

/** Microseconds for one evaluation, the median of some rounds. */
function evaluationTime(): number {
  const engine = compileEngine(policies, { reportIntervalMs: 300_000 });
  const at = Date.now();
  const inputs = Array.from({ length: 1000 }, (_, index) => ({
    id: 'x',
    request: requestOf(index),
    device: factsOf(index, at),
    state: 'active' as const,
    owner: null,
    at,
    trustProperties: false,
  }));
  const rounds = Array.from({ length: 9 }, () => {
    const startedAt = performance.now();
    for (let turn = 0; turn < 10; turn++) for (const input of inputs) engine.decide(input);
    return ((performance.now() - startedAt) * 1000) / (inputs.length * 10);
  });
  return median(rounds);
}

export async function run(): Promise<readonly Measurement[]> {
  pinLoad();
  const bare = await startServer('./bare-server.ts', { keys: {} });
  const ours = await startServer('./decisions-server.ts', { devices: DEVICES });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const bodies = Array.from({ length: REQUESTS }, (_, index) => JSON.stringify(requestOf((index * 7919) % DEVICES)));
  const lanes = dealInLanes(bodies.map((body, key) => ({ key, bytes: buildRequest('/access/v1/evaluation', 'application/json', body, headers) })));
  let speeds: Speeds;
  try {
    speeds = await compare(ROUNDS, WARM_UP, bare.port, ours.port, () => lanes);
  } finally {
    await Promise.all([bare.stop(), ours.stop()]);
  }
  const evaluation = evaluationTime();
  return [
    {
      name: `decisions: over HTTP, ${DEVICES.toLocaleString('en')} devices, ${policies.accessPolicies.length} policies`,
      ...speeds,
      unit: 'decisions/s',
      must: `>= ${MUST}`,
      held: speeds.ratio >= MUST,
      notes: `median of ${ROUNDS} rounds of ${REQUESTS}`,
    },
    {
      name: 'decisions: evaluation alone',
      ours: evaluation,
      yardstick: MAX_MICROSECONDS,
      unit: 'µs (the yardstick is the bound)',
      ratio: evaluation / MAX_MICROSECONDS,
      must: `<= ${MAX_MICROSECONDS} µs`,
      held: evaluation <= MAX_MICROSECONDS,
    },
  ];
}
