/** Evidence + baselines → compliance, with a verdict for each check: as people are shown it. Pure; the agent shows it, the service decides by the same assessment. */
import { sha256 } from '../attest/node.ts';
import type { Appraisal, CheckAppraisal, Reading } from '../model/index.ts';
import { type Assessed, type Assessment, assess, type Judging } from './assess.ts';
import type { Baseline } from './baseline.ts';
import { NO_CLOCKS } from './clocks.ts';
import type { Versioned } from './demands.ts';
import { noteOf } from './exemption.ts';
import { type Bearing, type Count, countCheck, exemptionOf, spanAt } from './timeline.ts';

const instant = (ms: number): string => new Date(ms).toISOString();

function checkAppraisal(assessed: Assessed, { platform }: Assessment, count: Count, exemption: CheckAppraisal['exemption']): CheckAppraisal {
  const { check, reading, proof, judged } = assessed;
  const { verdict, reason, because } = count.stale
    ? { verdict: 'unknown' as const, reason: 'stale' as const, because: `It was read at ${reading?.readAt}, too long ago to count.` }
    : assessed;
  // A value that was judged has its type; one that was not may be anything that came over the wire.
  const mendable = verdict === 'fail' || (verdict === 'unknown' && reading?.status === 'known');
  return {
    check: check.id,
    title: check.title,
    required: judged.length > 0,
    proof,
    verdict,
    ...(judged.length > 0 ? { standing: count.standing } : {}),
    ...(count.since === undefined ? {} : { since: instant(count.since) }),
    ...(count.deadline === undefined ? {} : { deadline: instant(count.deadline) }),
    ...(exemption === undefined ? {} : { exemption }),
    ...(reason === undefined ? {} : { reason }),
    ...(because === undefined ? {} : { because }),
    ...(mendable ? { remedy: check.remedy(verdict === 'fail' && reading?.status === 'known' ? reading.value : undefined, platform) } : {}),
  };
}

/** One sentence for a required check that stands in the way, or will. */
function reasonOf({ title, verdict, because, reason, standing, deadline }: CheckAppraisal): string | undefined {
  if (standing !== 'failing' && standing !== 'unknown' && standing !== 'grace') return undefined;
  const what = verdict === 'fail' ? (because ?? 'fails') : `not known (${reason ?? because ?? 'no reason'})`;
  return `${title}: ${what}${deadline === undefined ? '' : ` Tolerated until ${deadline}.`}`;
}

/** What judged, as one: ids joined, and a version that changes with any of them. */
export function nameOf(baselines: readonly Versioned<Baseline>[]): Appraisal['baseline'] {
  const [first, ...more] = baselines;
  if (first === undefined) return null;
  if (more.length === 0) return { id: first.document.id, version: first.version };
  return { id: baselines.map(({ document }) => document.id).join('+'), version: sha256(baselines.map(({ version }) => version).join()) };
}

/** The appraisal as it is at a moment, which may be later than the assessment. */
export function appraisalOf(assessment: Assessment, bearing: Bearing, at: number): Appraisal {
  const { baselines, platform } = assessment;
  const { compliance, deadline } = spanAt(assessment, bearing, at);
  const checks = assessment.checks.map((assessed) => {
    const count = countCheck(assessed, bearing, assessment.at, at);
    const exemption = count.standing === 'exempt' ? exemptionOf(assessed.check.id, bearing.exemptions, at) : undefined;
    return checkAppraisal(assessed, assessment, count, exemption === undefined ? undefined : noteOf(exemption));
  });
  return {
    compliance,
    ...(deadline === undefined ? {} : { deadline: instant(deadline) }),
    baseline: nameOf(baselines),
    baselines: baselines.map(({ document, version }) => ({ id: document.id, version })),
    platform,
    appraisedAt: instant(at),
    checks,
    reasons: baselines.length === 0 ? [`No baseline is for this device (${platform}).`] : checks.map(reasonOf).filter((reason) => reason !== undefined),
  };
}

/** Judges all checks of the catalogue by the baselines that apply. Without clocks, what fails has begun to fail now. */
export const appraise = (readings: readonly Reading[], judging: Judging, bearing: Bearing = { clocks: NO_CLOCKS, exemptions: [] }): Appraisal =>
  appraisalOf(assess(readings, judging), bearing, judging.at);
