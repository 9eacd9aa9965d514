/** A draft of 50 policies on decisions that a store has kept, read from its file: decisions a second on one core. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { BUNDLED_CATALOG } from '../../src/checks/index.ts';
import { compileEngine, replay } from '../../src/policy/index.ts';
import { createDecisionLog } from '../../src/service/decision-log.ts';
import { openStore, pastDecisions } from '../../src/service/index.ts';
import { factsOf, policies, requestOf } from './fleet.ts';
import { median } from './load.ts';
import type { Measurement } from './main.ts';
import { pinLoad } from './server.ts';

const DECISIONS = 200_000;
/** Devices that these are spread over. */
const FLEET = 5_000;
const ROUNDS = 3;
const MUST = 50_000;
const OPTIONS = { reportIntervalMs: 300_000 };

/** Keeps decisions as the service does. */
function fill(file: string): void {
  const store = openStore(`sqlite:${file}`);
  const silent = { warn: () => undefined } as unknown as Parameters<typeof createDecisionLog>[0]['log'];
  const startedAt = Date.now() - 3_600_000;
  let at = startedAt;
  const log = createDecisionLog({ store, now: () => at, log: silent });
  const engine = compileEngine(policies, OPTIONS);
  const facts = Array.from({ length: FLEET }, (_, index) => factsOf(index, startedAt));
  for (let index = 0; index < DECISIONS; index++) {
    at = startedAt + index;
    const request = requestOf((index * 7919) % FLEET);
    const device = facts[(index * 7919) % FLEET] ?? null;
    const input = { id: `decision-${index}`, request, device, state: 'active' as const, owner: null, at, trustProperties: false };
    log.add(JSON.stringify(request), engine.decide(input), input, undefined);
    if (index % 10_000 === 9_999) log.flush();
  }
  // Postures are written a few hundred at a time.
  for (let turn = 0; turn < FLEET / 100; turn++) log.flush();
  log.close();
  store.close();
}

export async function run(): Promise<Measurement> {
  pinLoad();
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-replay-'));
  try {
    const file = path.join(folder, 'service.db');
    fill(file);
    const speeds: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const store = openStore(`sqlite:${file}`);
      const startedAt = performance.now();
      const { decisions, withoutPosture } = replay(policies, pastDecisions(store, 0), { ...OPTIONS, osCatalog: BUNDLED_CATALOG });
      const seconds = (performance.now() - startedAt) / 1000;
      store.close();
      if (decisions !== DECISIONS || withoutPosture > 0)
        throw new Error(`Of ${DECISIONS} decisions ${decisions} came back, ${withoutPosture} without what the device was like.`);
      if (round >= 0) speeds.push(decisions / seconds);
    }
    const mine = median(speeds);
    return {
      name: `replay: a draft of ${policies.accessPolicies.length} policies on kept decisions`,
      ours: mine,
      yardstick: MUST,
      unit: 'decisions/s (the yardstick is the bound)',
      ratio: mine / MUST,
      must: `>= ${MUST.toLocaleString('en')} /s`,
      held: mine >= MUST,
      notes: `${DECISIONS.toLocaleString('en')} decisions on ${FLEET.toLocaleString('en')} devices, one core, read from SQLite`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
