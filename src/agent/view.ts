/** What the agent shows of itself: the last readings, judged by the baseline that the service gave, and how reporting goes. */
import { type Appraisal, type Check, type Host, type Reading, StanceError, type TrayState } from '../model/index.ts';
// Not from the index: a bundle would load the YAML parser and CEL with it, of which an agent has no use.
import { appraisalOf } from '../policy/appraise.ts';
import { assess } from '../policy/assess.ts';
import { type Bundle, readBundle } from '../policy/bundle.ts';
import { type Clocks, moveClocks } from '../policy/clocks.ts';
import { ticksOf } from '../policy/ticks.ts';
import type { CatalogKeeper } from './os-catalog.ts';
import type { AgentState } from './state.ts';

const NOTHING: Bundle = { baselines: [], exemptions: [] };

/** Tells of a posture without rules: every check is shown, none counts. */
export const NO_BASELINE = 'No baseline yet: enroll this device.';

export interface View {
  current(): TrayState;
  /** Changes what is shown. `problem`: null when all is well; left out: as it was. */
  show(change: Partial<TrayState>, problem?: string | null): void;
  appraise(readings: readonly Reading[]): Appraisal;
  onState(listener: (state: TrayState) => void): () => void;
}

/** What went wrong, for the person. */
export function problemOf(error: unknown): string | null {
  if (!(error instanceof StanceError)) return 'Something went wrong in the agent. Its log says what.';
  return error.code === 'not-enrolled' ? null : error.message;
}

export function createView(state: AgentState, host: Host, checks: readonly Check[], version: string, catalog: CatalogKeeper): View {
  const listeners = new Set<(state: TrayState) => void>();
  let current: TrayState = {
    appraisal: null,
    readings: [],
    checking: false,
    readAt: null,
    report: { enrolled: false, server: null, lastReportedAt: null, problem: null, serialNumber: null },
    managed: null,
    privilege: host.user.uid === 0 ? 'system' : 'user',
    agent: 'own',
    version,
  };
  let kept: { readonly version: string; readonly bundle: Bundle } | undefined;
  function bundle(): Bundle {
    const stored = state.identity()?.baseline ?? null;
    if (stored === null) return NOTHING;
    if (kept?.version !== stored.version) {
      try {
        kept = { version: stored.version, bundle: readBundle(stored.document) };
      } catch {
        // Made for a newer catalogue: the service judges by it, this agent cannot show it.
        kept = { version: stored.version, bundle: NOTHING };
      }
    }
    return kept.bundle;
  }

  /** Since when checks fail: what the service said, and what has begun here since it did. The service alone ends them. */
  function clocksOf(assessment: ReturnType<typeof assess>, at: number): Clocks {
    const told = state.identity()?.failingSince ?? {};
    const before: Clocks = Object.fromEntries(Object.entries(told).map(([check, since]) => [check, { since: Date.parse(since) }]));
    const named = new Set([...Object.keys(told), ...assessment.checks.flatMap(({ check, judged }) => (judged.length > 0 ? [check.id] : []))]);
    const clocks = moveClocks(before, ticksOf(assessment, named), { at, maxGapMs: 0, startsOnly: true });
    if (clocks !== before) {
      try {
        state.update({ failingSince: Object.fromEntries(Object.entries(clocks).map(([check, { since }]) => [check, new Date(since).toISOString()])) });
      } catch {
        // The next report says it: it cannot write its chain either.
      }
    }
    return clocks;
  }

  return {
    current: () => current,
    show(change, problem) {
      const identity = state.identity();
      const report = {
        enrolled: identity !== undefined,
        server: identity?.enrollment.server ?? null,
        lastReportedAt: identity?.chain.lastReportedAt ?? null,
        problem: problem === undefined ? current.report.problem : problem,
        serialNumber: identity?.enrollment.serialNumber ?? null,
      };
      current = { ...current, ...change, report };
      for (const listener of listeners) listener(current);
    },
    appraise(readings) {
      const { baselines, exemptions } = bundle();
      const at = host.now();
      const assessment = assess(readings, { baselines, platform: host.os, catalogue: checks, osCatalog: catalog.current(), at });
      const enrolled = state.identity() !== undefined;
      const appraisal = appraisalOf(assessment, { clocks: enrolled ? clocksOf(assessment, at) : {}, exemptions }, at);
      return enrolled ? appraisal : { ...appraisal, compliance: 'unknown', reasons: [NO_BASELINE] };
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
