/** What a draft of policies would do to the devices of this service and to those who have asked of late; in pieces, so that nobody has to wait for it. */
import { setImmediate } from 'node:timers/promises';
import type { EvaluationRequest } from '../model/index.ts';
import { type DecisionInput, type Impact, tallyImpact } from '../policy/index.ts';
import { deviceIdOf } from './authzen/requests.ts';
import type { HeldDevice, Inventory } from './inventory.ts';
import { judgedBy, PIECE, type Rules } from './rules.ts';
import type { DecisionBatch, Store } from './store/store.ts';

/** Questions that are looked back at. */
const MAX_BATCHES = 1_000;
const MAX_QUESTIONS = 20_000;

interface Service {
  readonly store: Pick<Store, 'readings' | 'recentDecisions'>;
  readonly inventory: Inventory;
  readonly now: () => number;
}

/** Each different one once; the newest first. */
function* questionsIn(batches: readonly DecisionBatch[]): Generator<{ readonly request: EvaluationRequest; readonly believed: boolean }> {
  const seen = new Set<string>();
  for (const { lines } of batches) {
    for (const line of lines.split('\n').reverse()) {
      if (line === '') continue;
      const { request, believed } = JSON.parse(line) as { readonly request: EvaluationRequest; readonly believed?: boolean };
      const { subject, resource, action } = request;
      const key = JSON.stringify([subject.type, subject.id, resource.type, resource.id, action.name, deviceIdOf(request) ?? null]);
      if (seen.has(key)) continue;
      if (seen.add(key).size > MAX_QUESTIONS) return;
      yield { request, believed: believed === true };
    }
  }
}

/** `drafted`: every device that has reported, as the draft has it. */
export async function findImpact(
  { store, inventory, now }: Service,
  current: Rules,
  draft: Rules,
): Promise<{ impact: Impact; drafted: Map<HeldDevice, ReturnType<typeof judgedBy>> }> {
  const at = now();
  const tally = tallyImpact(current.engine, draft.engine, at);
  const drafted = new Map<HeldDevice, ReturnType<typeof judgedBy>>();
  let done = 0;
  const pause = async (): Promise<void> => {
    if (++done % PIECE === 0) await setImmediate();
  };
  for (const device of [...inventory.all()]) {
    const judged = judgedBy(store, device, draft, at);
    drafted.set(device, judged);
    if (judged.change !== undefined && device.facts !== null && device.state === 'active') tally.device(device.facts, judged.change.facts);
    await pause();
  }
  for (const { request, believed } of questionsIn(store.recentDecisions(MAX_BATCHES))) {
    const id = deviceIdOf(request);
    const device = id === undefined ? undefined : inventory.get(id);
    const input: DecisionInput = {
      ...{ id: 'impact', request, device: device?.facts ?? null, state: device?.state ?? null, owner: device?.owner ?? null, tags: device?.tags ?? [] },
      ...{ at, trustProperties: believed },
    };
    tally.question(input, { ...input, device: (device === undefined ? undefined : drafted.get(device)?.change?.facts) ?? input.device });
    await pause();
  }
  return { impact: tally.result(), drafted };
}
