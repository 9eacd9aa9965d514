/** What the agent shows of itself: the last readings, judged by the baseline that the service gave, and how reporting goes. */
import { type Appraisal, type Check, type Host, type Reading, StanceError, type TrayState } from '../model/index.ts';
import { appraise, type Baseline, readBaseline, type Versioned } from '../policy/index.ts';
import type { CatalogKeeper } from './os-catalog.ts';
import type { AgentState } from './state.ts';

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
  let kept: Versioned<Baseline> | null | undefined;
  function baseline(): Versioned<Baseline> | null {
    const stored = state.identity()?.baseline ?? null;
    if (stored === null) return null;
    if (kept?.version !== stored.version) {
      try {
        kept = readBaseline(stored.document);
      } catch {
        // Made for a newer catalogue: the service judges by it, this agent cannot show it.
        kept = null;
      }
    }
    return kept ?? null;
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
      const rules = baseline();
      const appraisal = appraise(readings, { baseline: rules, platform: host.os, catalogue: checks, osCatalog: catalog.current(), at: host.now() });
      return rules === null && state.identity() === undefined ? { ...appraisal, compliance: 'unknown', reasons: [NO_BASELINE] } : appraisal;
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
