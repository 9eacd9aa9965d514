/** What a draft of policies would do to the devices of this service and to those who have asked of late; in pieces, so that nobody has to wait for it. */
import { setImmediate } from 'node:timers/promises';
import type { EvaluationRequest } from '../model/index.ts';
import { type DecisionInput, type Impact, tallyImpact } from '../policy/index.ts';
import { deviceIdOf } from './authzen/requests.ts';
import type { HeldDevice, Inventory } from './inventory.ts';
import { judgedBy, PIECE, type Rules } from './rules.ts';
import type { Store } from './store/store.ts';

/** Decisions that are looked back at, and different questions in them. */
const MAX_LINES = 200_000;
const MAX_QUESTIONS = 20_000;

interface Service {
  readonly store: Pick<Store, 'readings' | 'decisionsBelow'>;
  readonly inventory: Inventory;
  readonly now: () => number;
}

/** Lines of the decisions that were kept, the newest first; a batch at a time is in memory. */
function* linesOf({ decisionsBelow }: Service['store']): Generator<string> {
  let read = 0;
  for (let batch = decisionsBelow(Number.MAX_SAFE_INTEGER); batch !== undefined; batch = decisionsBelow(batch.number)) {
    for (const line of batch.lines.split('\n').reverse()) {
      if (line === '') continue;
      if (++read > MAX_LINES) return;
      yield line;
    }
  }
}

/** Names a question: who, what, on which device. */
function nameOf(request: EvaluationRequest): string {
  const { subject, resource, action } = request;
  return JSON.stringify([subject.type, subject.id, resource.type, resource.id, action.name, deviceIdOf(request) ?? null]);
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
  const seen = new Set<string>();
  for (const line of linesOf(store)) {
    await pause();
    const { request, believed } = JSON.parse(line) as { readonly request: EvaluationRequest; readonly believed?: boolean };
    const name = nameOf(request);
    if (seen.has(name)) continue;
    if (seen.add(name).size > MAX_QUESTIONS) break;
    const id = deviceIdOf(request);
    const device = id === undefined ? undefined : inventory.get(id);
    const input: DecisionInput = {
      ...{ id: 'impact', request, device: device?.facts ?? null, state: device?.state ?? null, owner: device?.owner ?? null, tags: device?.tags ?? [] },
      ...{ at, trustProperties: believed === true },
    };
    tally.question(input, { ...input, device: (device === undefined ? undefined : drafted.get(device)?.change?.facts) ?? input.device });
  }
  return { impact: tally.result(), drafted };
}
