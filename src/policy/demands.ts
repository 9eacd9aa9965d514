/** What baselines demand of checks. Pure. */
import { Value } from 'typebox/value';
import type { Check, Proof } from '../model/index.ts';
import type { Baseline, Rule } from './baseline.ts';
import { durationMs } from './duration.ts';

export interface Versioned<T> {
  readonly document: T;
  /** SHA-256 of the canonical document, base64url. */
  readonly version: string;
}

/** What one baseline demands of one check. */
export interface Demand {
  readonly check: string;
  readonly params: unknown;
  readonly graceMs: number;
  readonly maxAgeMs: number | undefined;
  readonly unknown: Rule['unknown'];
  readonly proof: Proof | undefined;
}

const demands = new WeakMap<Baseline, ReadonlyMap<string, Demand>>();

/** What a baseline demands, check by check, defaults filled in; worked out once for each. */
export function demandsOf({ document }: Versioned<Baseline>, catalogue: readonly Check[]): ReadonlyMap<string, Demand> {
  const known = demands.get(document);
  if (known !== undefined) return known;
  const found = new Map<string, Demand>();
  for (const check of catalogue) {
    const rule = Object.hasOwn(document.checks, check.id) ? document.checks[check.id] : undefined;
    if (rule === undefined) continue;
    found.set(check.id, {
      check: check.id,
      params: Value.Default(check.params, { ...rule.params }),
      graceMs: rule.grace === undefined ? 0 : durationMs(rule.grace),
      maxAgeMs: rule.maxAge === undefined ? undefined : durationMs(rule.maxAge),
      unknown: rule.unknown,
      proof: rule.proof,
    });
  }
  demands.set(document, found);
  return found;
}

const NOTHING: readonly Demand[] = [];

/** What several baselines demand together, check by check in the order of the catalogue. */
export function demandsTogether(baselines: readonly Versioned<Baseline>[], catalogue: readonly Check[]): readonly (readonly Demand[])[] {
  const sets = baselines.map((baseline) => demandsOf(baseline, catalogue));
  return catalogue.map(({ id }) => {
    let asked = NOTHING;
    for (const set of sets) {
      const demand = set.get(id);
      if (demand !== undefined) asked = asked.length === 0 ? [demand] : [...asked, demand];
    }
    return asked;
  });
}
