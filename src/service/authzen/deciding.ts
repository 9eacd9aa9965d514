/** Decisions for callers: what the service knows of the device is put beside the request, and the one engine answers. */
import { randomUUID } from 'node:crypto';
import type { Decision, EvaluationRequest } from '../../model/index.ts';
import type { DecisionInput } from '../../policy/index.ts';
import type { Context } from '../context.ts';
import { factsBy } from '../rules.ts';
import { FROM_MEMORY_MS } from '../store-watch.ts';
import { type Caller, hasScope } from '../tokens.ts';
import { createPresented } from './presented.ts';
import { deviceIdOf } from './requests.ts';

export interface Decider {
  /** A decision that somebody acts on: it is counted, and kept with the JSON text that was asked. */
  decide(request: EvaluationRequest, caller: Caller | null, text: string): Decision;
  /** What a search is about: the request, with the device that it shows a result of by its id. */
  about(request: EvaluationRequest): EvaluationRequest;
  /** What would be decided; nobody has asked for access, so nothing is kept of it. */
  wouldPermit(request: EvaluationRequest, caller: Caller | null): boolean;
}

/** The answer to a caller that knows the device by another name: its id stands in reasons too. */
const renamed = (decision: Decision, id: string, name: string): Decision => JSON.parse(JSON.stringify(decision).replaceAll(id, name)) as Decision;

const NO_TAGS: readonly string[] = [];

export function createDecider(context: Context): Decider {
  const { inventory, store, rules, storeWatch, decisions, metrics, now } = context;
  const presentedBy = createPresented(context);
  function inputOf(request: EvaluationRequest, caller: Caller | null) {
    const id = deviceIdOf(request);
    const device = id === undefined ? undefined : inventory.get(id);
    const [awayMs, at] = [storeWatch.awayMs(), now()];
    const input: DecisionInput = {
      id: randomUUID(),
      request,
      device: device === undefined ? null : factsBy(store, device, rules(), at),
      // What was revoked since is not known here.
      state: device === undefined ? null : awayMs > FROM_MEMORY_MS ? 'unknown' : device.state,
      owner: device?.owner ?? null,
      tags: device?.tags ?? NO_TAGS,
      at,
      trustProperties: hasScope(caller, 'assert'),
      degraded: awayMs > 0,
    };
    return { input, evidence: device?.head?.hash };
  }
  return {
    decide(request, caller, text) {
      const presented = presentedBy(request);
      const { input, evidence } = inputOf(presented?.request ?? request, caller);
      const decision = rules().engine.decide(input);
      decisions.add(presented === undefined ? text : JSON.stringify(presented.request), decision, input, evidence);
      metrics.decision(decision.context.outcome);
      const id = input.device?.id;
      return presented?.name === undefined || id === undefined ? decision : renamed(decision, id, presented.name);
    },
    about: (request) => presentedBy(request)?.request ?? request,
    wouldPermit: (request, caller) => rules().engine.decide(inputOf(request, caller).input).decision,
  };
}
