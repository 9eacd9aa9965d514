/**
 * Whom a draft of policies would shut out among the devices that are fine today: by its baselines, and by what has been asked of late
 * and was granted. Pure.
 */
import type { Compliance } from '../model/index.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import type { Engine } from './engine.ts';
import { spanOf } from './timeline.ts';

export interface Impact {
  /** Devices that are compliant, or tolerated, by the policies in force. */
  readonly fine: number;
  /** How many of them the draft would not let work: not healthy any more, or denied what it was granted. */
  readonly shutOut: number;
  /** Some of them, with what does it. */
  readonly devices: readonly { readonly device: string; readonly because: readonly string[] }[];
  /** Persons who would be denied what is granted to them today. */
  readonly people: number;
  /** By checks and policies, how many devices. */
  readonly through: Readonly<Record<string, number>>;
  /** Different questions of late that were tried: who, what, on which device. */
  readonly questions: number;
}

export interface ImpactTally {
  /** A device, as it is by the policies in force, and by the draft. */
  device(now: DeviceFacts, draft: DeviceFacts): void;
  /** A question, with the device as each has it. */
  question(now: DecisionInput, draft: DecisionInput): void;
  result(): Impact;
}

const MAX_NAMED = 20;
const FINE: ReadonlySet<Compliance> = new Set(['compliant', 'grace'] as const);

/** `at`: ms since the epoch. */
export function tallyImpact(now: Engine, draft: Engine, at: number): ImpactTally {
  const fine = new Set<string>();
  const shut = new Map<string, Set<string>>();
  const people = new Set<string>();
  let questions = 0;
  const add = (device: string, because: readonly string[]): void => {
    const found = shut.get(device) ?? new Set<string>();
    shut.set(device, found);
    for (const one of because) found.add(one);
  };
  return {
    device(before, after) {
      if (!FINE.has(spanOf(before.timeline, at).compliance)) return;
      fine.add(before.id);
      const { compliance, checks } = spanOf(after.timeline, at);
      if (FINE.has(compliance)) return;
      const lacking = Object.keys(checks).filter((check) => checks[check] === 'failing' || checks[check] === 'unknown');
      add(before.id, lacking.length === 0 ? ['no baseline is for it'] : lacking);
    },
    question(asNow, asDraft) {
      questions++;
      const open = (outcome: string): boolean => outcome === 'allow' || outcome === 'restrict';
      if (!open(now.decide(asNow).context.outcome)) return;
      const { context } = draft.decide(asDraft);
      if (open(context.outcome)) return;
      people.add(asNow.request.subject.id);
      const policies = [...context.policies.unmet, ...context.policies.blocked];
      if (asNow.device !== null && fine.has(asNow.device.id)) add(asNow.device.id, policies.length === 0 ? ['no policy grants it'] : policies);
    },
    result() {
      const through = new Map<string, number>();
      for (const because of shut.values()) for (const one of because) through.set(one, (through.get(one) ?? 0) + 1);
      return {
        ...{ fine: fine.size, shutOut: shut.size, people: people.size, questions },
        devices: [...shut].slice(0, MAX_NAMED).map(([device, because]) => ({ device, because: [...because] })),
        through: Object.fromEntries([...through].sort((a, b) => b[1] - a[1])),
      };
    },
  };
}
