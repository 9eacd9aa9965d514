/**
 * A draft of policies on what has been asked: who would have been let in or shut out, for how long, through which policy and check,
 * beside what was decided then. Pure.
 */
import { type Decision, type OsCatalog, OUTCOMES, type Outcome, type ReportOnlyResult } from '../model/index.ts';
import type { DecisionInput } from './decision-input.ts';
import { compileEngine, type EngineOptions } from './engine.ts';
import type { PolicySet } from './policy-set.ts';
import { createRejudging } from './rejudge.ts';

/** A decision as it was kept. */
export interface Past {
  readonly outcome: Outcome;
  readonly report_only?: readonly ReportOnlyResult[];
  /** Names what the device was like. */
  readonly posture?: string;
  readonly input: DecisionInput;
}

/** How often, and on how many. */
export interface Count {
  readonly decisions: number;
  readonly people: number;
  readonly devices: number;
}

export interface ShutOut {
  readonly subject: string;
  readonly resource: string;
  readonly decisions: number;
  readonly outcome: Outcome;
  /** ISO 8601: of the first such decision, and of the last. */
  readonly first: string;
  readonly last: string;
  /** From each first one to the next that is as good as it was then, or to the end, ms. */
  readonly ms: number;
  readonly policies: readonly string[];
  readonly checks: readonly string[];
}

export interface Replayed {
  readonly decisions: number;
  /** ISO 8601; null where there is no decision. */
  readonly from: string | null;
  readonly until: string | null;
  /** Decisions on a device of which it was not kept what it was like: decided as if it had not reported. */
  readonly withoutPosture: number;
  /** `allow → block`, the worse ones first. */
  readonly changes: readonly ({ readonly before: Outcome; readonly after: Outcome } & Count)[];
  /** Who would have been worse off, the longest first. */
  readonly worse: readonly ShutOut[];
  /** What they would have been worse off through. */
  readonly through: { readonly policies: Readonly<Record<string, number>>; readonly checks: Readonly<Record<string, number>> };
  /** What policies that are report-only said then, and what those of the draft say. */
  readonly reportOnly: Readonly<Record<string, { readonly past: Readonly<Record<string, number>>; readonly draft: Readonly<Record<string, number>> }>>;
}

const severity = (outcome: Outcome): number => OUTCOMES.indexOf(outcome);
const instant = (ms: number): string => new Date(ms).toISOString();
const raise = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);

interface Tally {
  decisions: number;
  readonly people: Set<string>;
  readonly devices: Set<string>;
}
interface Stretch {
  decisions: number;
  outcome: Outcome;
  readonly first: number;
  last: number;
  ms: number;
  /** Since when it lasts; undefined while they are as well off as then. */
  since: number | undefined;
  readonly policies: Set<string>;
  readonly checks: Set<string>;
}

/** `decisions`: the oldest first. */
export function replay(set: PolicySet, decisions: Iterable<Past>, { osCatalog, ...options }: EngineOptions & { readonly osCatalog: OsCatalog }): Replayed {
  const engine = compileEngine(set, options);
  const rejudge = createRejudging(set, osCatalog);
  const tallies = new Map<string, Tally>();
  const stretches = new Map<string, Stretch>();
  const through = { policies: new Map<string, number>(), checks: new Map<string, number>() };
  const reportOnly = new Map<string, { readonly past: Map<string, number>; readonly draft: Map<string, number> }>();
  let [count, from, until, withoutPosture] = [0, Number.POSITIVE_INFINITY, 0, 0];

  function said(when: 'past' | 'draft', results: readonly ReportOnlyResult[]): void {
    for (const { id, result } of results) {
      const found = reportOnly.get(id) ?? { past: new Map<string, number>(), draft: new Map<string, number>() };
      reportOnly.set(id, found);
      raise(found[when], result);
    }
  }

  function tally({ input, outcome }: Past, { context }: Decision): void {
    const name = `${outcome} ${context.outcome}`;
    const found = tallies.get(name) ?? { decisions: 0, people: new Set(), devices: new Set() };
    tallies.set(name, found);
    found.decisions++;
    found.people.add(input.request.subject.id);
    if (input.device !== null) found.devices.add(input.device.id);
  }

  /** A person at a resource: how long, and through what. */
  function follow({ input, outcome }: Past, { context }: Decision): void {
    const { subject, resource } = input.request;
    const name = JSON.stringify([subject.id, `${resource.type}:${resource.id}`]);
    const worse = severity(context.outcome) > severity(outcome);
    const found = stretches.get(name);
    if (!worse) {
      if (found?.since !== undefined) [found.ms, found.since] = [found.ms + input.at - found.since, undefined];
      return;
    }
    const stretch = found ?? {
      decisions: 0,
      outcome: context.outcome,
      first: input.at,
      last: input.at,
      ms: 0,
      since: undefined,
      policies: new Set<string>(),
      checks: new Set<string>(),
    };
    stretches.set(name, stretch);
    stretch.decisions++;
    stretch.last = input.at;
    stretch.since ??= input.at;
    if (severity(context.outcome) > severity(stretch.outcome)) stretch.outcome = context.outcome;
    const { unmet, blocked } = context.policies;
    const policies = [...unmet, ...blocked];
    for (const policy of policies.length === 0 ? ['(nothing grants it)'] : policies) {
      raise(through.policies, policy);
      stretch.policies.add(policy);
    }
    for (const { check } of context.checks) {
      raise(through.checks, check);
      stretch.checks.add(check);
    }
  }

  for (const past of decisions) {
    const { input, posture, report_only } = past;
    count++;
    [from, until] = [Math.min(from, input.at), Math.max(until, input.at)];
    if (input.device === null && input.state !== null) withoutPosture++;
    const device = input.device === null || posture === undefined ? null : rejudge(input.device, posture, input);
    const decision = engine.decide({ ...input, device });
    if (report_only !== undefined) said('past', report_only);
    said('draft', decision.context.policies.report_only);
    if (decision.context.outcome !== past.outcome) tally(past, decision);
    follow(past, decision);
  }

  const changes = [...tallies].map(([name, { decisions: number, people, devices }]) => {
    const [before, after] = name.split(' ') as [Outcome, Outcome];
    return { before, after, decisions: number, people: people.size, devices: devices.size };
  });
  const worse = [...stretches].map(([name, { since, ms, first, last, policies, checks, ...rest }]): ShutOut => {
    const [subject, resource] = JSON.parse(name) as [string, string];
    const total = ms + (since === undefined ? 0 : until - since);
    return { subject, resource, ...rest, first: instant(first), last: instant(last), ms: total, policies: [...policies], checks: [...checks] };
  });
  return {
    decisions: count,
    from: count === 0 ? null : instant(from),
    until: count === 0 ? null : instant(until),
    withoutPosture,
    changes: changes.sort((a, b) => severity(b.after) - severity(b.before) - (severity(a.after) - severity(a.before)) || b.decisions - a.decisions),
    worse: worse.sort((a, b) => b.ms - a.ms || b.decisions - a.decisions),
    through: { policies: Object.fromEntries(through.policies), checks: Object.fromEntries(through.checks) },
    reportOnly: Object.fromEntries([...reportOnly].map(([id, { past, draft }]) => [id, { past: Object.fromEntries(past), draft: Object.fromEntries(draft) }])),
  };
}
