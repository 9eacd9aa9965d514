/**
 * The service is killed at random moments, again and again, while agents report; its days pass quickly, so that evidence is archived
 * and folded meanwhile. Afterwards every acknowledged evidence is in the store exactly once, and every chain verifies offline.
 *
 * As it stands it is a short one; `STANCE_KILLS=50` runs the whole: four agents for every kill.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeSummary, hashOfHashes } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { openStore } from '../../src/service/index.ts';
import { stance, temporaryFolder } from '../cli/stance.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';
import { createSimulatedAgent, type SimulatedAgent } from './simulated-agent.ts';

const KILLS = Number(process.env.STANCE_KILLS ?? 8);
const AGENTS = 4 * KILLS;
const DAY_MS = 24 * 3600_000;
/** So long passes while the service is dead: long enough in all that what came first is folded in the end. */
const STEP_MS = (15 * DAY_MS) / KILLS;

const home = temporaryFolder();
let service: ServiceProcess;
beforeAll(async () => {
  service = await createServiceProcess(home);
});
afterAll(async () => {
  await service.kill();
  rmSync(home, { recursive: true, force: true });
});

/** Runs until told to stop, and until it knows what became of its last evidence. */
async function live(agent: SimulatedAgent, running: () => boolean, count: (step: string) => void): Promise<void> {
  while (running() || agent.waits) {
    const step = await agent.step();
    count(step);
    await sleep(Math.random() * (step === 'unreachable' ? 300 : 100));
  }
}

/** Every place of a chain, with the hash of what stands there; what was folded has its hashes from the agent, where the summary is of just these. */
function placesOf(store: ReturnType<typeof openStore>, { device, acknowledged }: SimulatedAgent): [number, string | undefined][] {
  return [...store.audit(device)].flatMap((item): [number, string | undefined][] => {
    if ('evidence' in item) return [[item.evidence.seq, item.evidence.hash]];
    const { seq, hashes } = decodeSummary(item.summary).claims.stance;
    const run = acknowledged.slice(seq[0] - 1, seq[1]);
    const same = hashOfHashes(run, sha256) === hashes;
    return run.map((hash, index) => [seq[0] + index, same ? hash : undefined]);
  });
}

test(
  `${AGENTS} agents, a service that is killed ${KILLS} times: what it acknowledged is there once, and every chain verifies`,
  async () => {
    const start = -KILLS * STEP_MS;
    await service.start(start);
    const { body } = await service.call<{ token: string }>('POST', '/v1/enrollment-tokens', { uses: 100_000, expiresInSeconds: 30 * 86_400, approves: true });
    const agents = Array.from({ length: AGENTS }, () => createSimulatedAgent(service.url, body.token));
    const counts: Record<string, number> = {};
    const count = (step: string): void => {
      counts[step] = (counts[step] ?? 0) + 1;
    };
    let running = true;
    const lives = Promise.all(agents.map((agent) => live(agent, () => running, count)));
    // A refusal of an innocent device must be told at once, and not after all the killing.
    lives.catch(() => (running = false));
    for (let kills = 1; kills <= KILLS && running; kills++) {
      // Most deaths while it works, one in five while it starts.
      const began = counts.accepted ?? 0;
      const enough = kills % 5 === 0 ? 0 : AGENTS * (0.5 + 2 * Math.random());
      while (running && (counts.accepted ?? 0) < began + enough) await sleep(5);
      await sleep(Math.random() * (enough === 0 ? 1000 : 50));
      await service.kill();
      void service.start(start + kills * STEP_MS);
    }
    running = false;
    await lives;
    await service.kill();

    const offline = await stance(['audit', 'verify', '--json', '--store', service.store, '--state', service.state], home);
    const audit = JSON.parse(offline.stdout);
    expect([offline.code, audit.devices.flatMap(({ problems }: { problems: string[] }) => problems)]).toEqual([0, []]);
    const acknowledged = agents.reduce((sum, agent) => sum + agent.acknowledged.length, 0);
    if (process.env.STANCE_KILLS !== undefined) console.info(JSON.stringify({ acknowledged, folded: audit.folded, ...counts }));
    expect(audit.evidence + audit.folded).toBe(acknowledged);
    expect(audit.folded).toBeGreaterThan(AGENTS);
    expect(acknowledged).toBeGreaterThan((AGENTS * KILLS) / 2);
    const store = openStore(service.store);
    for (const agent of agents) expect(placesOf(store, agent)).toEqual(agent.acknowledged.map((hash, index) => [index + 1, hash]));
    store.close();
  },
  60_000 + KILLS * 10_000,
);
