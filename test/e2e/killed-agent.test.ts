/** The agent is killed, with and without a service: every observation that it has taken on arrives, once and in order. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { decodeEvidence } from '../../src/attest/index.ts';
import type { Reading } from '../../src/model/index.ts';
import { openStore } from '../../src/service/index.ts';
import { stance, temporaryFolder } from '../cli/stance.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';

/** `STANCE_KILLS=50` for a long one. */
const KILLS = Number(process.env.STANCE_KILLS ?? 4);
const AWAY = 20;

let home: string;
let state: string;
let service: ServiceProcess;
let agent: ChildProcess | undefined;
/** Numbers of the observations that an agent has said it took on. */
let taken: number[];

beforeEach(async () => {
  home = temporaryFolder();
  state = path.join(home, 'agent');
  taken = [];
  service = await createServiceProcess(home);
  await service.start();
  const { body } = await service.call<{ token: string }>('POST', '/v1/enrollment-tokens', { approves: true });
  expect(await stance(['enroll', '--server', service.url, '--enrollment-token', body.token, '--state', state], home)).toMatchObject({ code: 0 });
}, 60_000);
afterEach(async () => {
  agent?.kill('SIGKILL');
  await service.kill();
  rmSync(home, { recursive: true, force: true });
});

/** Starts the agent, of which one may be told when it has ended. */
function run(count: number): Promise<number | null> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'agent-process.ts'), state, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  agent = child;
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    taken.push(...lines.map(Number));
  });
  return new Promise((resolve) => child.once('close', resolve));
}
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

const numberOf = (readings: readonly Reading[]): number => {
  const [reading] = readings;
  return reading?.status === 'known' ? Date.parse((reading.value as { bootedAt: string }).bootedAt) / 1000 : Number.NaN;
};
/** Numbers of the observations that wait, in the order of their files. */
const waiting = (): number[] =>
  readdirSync(path.join(state, 'outbox'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => numberOf(JSON.parse(readFileSync(path.join(state, 'outbox', name), 'utf8')).readings));

/** Numbers of the observations that the service has, in the order of its chain; the service is ended for it. */
async function arrived(): Promise<number[]> {
  await service.kill();
  expect(await stance(['audit', 'verify', '--store', service.store, '--state', service.state], home)).toMatchObject({ code: 0 });
  const store = openStore(service.store);
  const numbers = store.devices().flatMap(({ id }) =>
    [...store.audit(id)].map((item, index) => {
      const { stance } = decodeEvidence('evidence' in item ? item.evidence.jws : '').claims;
      expect(stance.seq).toBe(index + 1);
      return stance.kind === 'full' ? numberOf(stance.readings) : Number.NaN;
    }),
  );
  store.close();
  return numbers;
}

test(`the service is away for ${AWAY} reports, and the agent is killed twice meanwhile: ${AWAY} observations, in order`, async () => {
  await service.kill();
  for (const enough of [6, 13]) {
    const ended = run(AWAY);
    await until(() => waiting().length >= enough);
    await sleep(Math.random() * 50);
    agent?.kill('SIGKILL');
    await ended;
  }
  expect(await run(AWAY)).toBe(0);
  const waited = waiting();
  expect(waited).toHaveLength(AWAY);
  expect(waited).toEqual([...new Set(waited)].sort((a, b) => a - b));
  await service.start();
  // One more: the report that finds the service back brings what waited.
  expect(await run(0)).toBe(0);
  expect(waiting()).toEqual([]);
  expect(await arrived()).toEqual([...waited, taken.at(-1)]);
}, 120_000);

test(
  `agent and service are killed ${KILLS} times each, at random moments: nothing that was taken on is lost or doubled`,
  async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      const ended = run(-1);
      const before = taken.length;
      await until(() => taken.length > before);
      await sleep(Math.random() * 400);
      // Either first: an agent that dies with a service, and one that dies without.
      const killAgent = async () => {
        agent?.kill('SIGKILL');
        await ended;
      };
      const killService = async () => {
        await service.kill();
        await sleep(Math.random() * 100);
        void service.start();
      };
      if (kills % 2 === 0) await killService();
      await killAgent();
      if (kills % 2 === 1) await killService();
    }
    await service.kill();
    await service.start();
    expect(await run(0)).toBe(0);
    const numbers = await arrived();
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(taken.filter((number) => !numbers.includes(number))).toEqual([]);
    expect(taken.length).toBeGreaterThan(KILLS);
  },
  30_000 + KILLS * 10_000,
);
