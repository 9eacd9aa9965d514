/** How long a decision takes with the posture of a thousand devices, and of a million: one asked after the other, about devices from all over the fleet. */
import { TOKEN } from './decisions.ts';
import { requestOf } from './fleet.ts';
import { buildRequest, drive, median } from './load.ts';
import type { Measurement } from './main.ts';
import { pinLoad, startServer } from './server.ts';

const FEW = 1_000;
const MANY = 1_000_000;
const ROUNDS = 7;
const REQUESTS = 5_000;
const MUST = 1.5;
/** Coprime to the numbers of devices: all are visited, none next to the last one. */
const STRIDE = 385_891;

const requestsFor = (devices: number): readonly Buffer[] =>
  Array.from({ length: REQUESTS }, (_, index) =>
    buildRequest('/access/v1/evaluation', 'application/json', JSON.stringify(requestOf((index * STRIDE) % devices)), { authorization: `Bearer ${TOKEN}` }),
  );

/** One connection: nothing waits for anything but its own answer. */
async function latencies(port: number, requests: readonly Buffer[]): Promise<readonly number[]> {
  const taken: number[] = [];
  await drive(port, [requests], (ms) => void taken.push(ms * 1000));
  return taken.sort((a, b) => a - b);
}
const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;

export async function run(): Promise<Measurement> {
  pinLoad();
  const sides = await Promise.all(
    [FEW, MANY].map(async (devices) => ({
      server: await startServer('./decisions-server.ts', { devices }),
      requests: requestsFor(devices),
      rounds: [] as { readonly median: number; readonly late: number }[],
    })),
  );
  try {
    for (let round = -1; round < ROUNDS; round++) {
      for (const { server, requests, rounds } of sides) {
        const taken = await latencies(server.port, requests);
        if (round >= 0) rounds.push({ median: at(taken, 0.5), late: at(taken, 0.99) });
      }
    }
  } finally {
    await Promise.all(sides.map(({ server }) => server.stop()));
  }
  const [few = Number.NaN, many = Number.NaN] = sides.map(({ rounds }) => median(rounds.map((one) => one.median)));
  const late = sides.map(({ rounds }) => Math.round(median(rounds.map((one) => one.late))));
  return {
    name: `growth: a decision with ${MANY.toLocaleString('en')} devices against ${FEW.toLocaleString('en')}`,
    ours: many,
    yardstick: few,
    unit: 'µs',
    ratio: many / few,
    must: `<= ${MUST}`,
    held: many / few <= MUST,
    notes: `median of ${ROUNDS} rounds of ${REQUESTS}; 99 of 100 within ${late[1]} against ${late[0]} µs`,
  };
}
