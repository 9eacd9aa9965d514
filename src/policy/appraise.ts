/** Evidence + baseline → compliance, with a verdict for each check. Pure; the agent shows it, the service decides by it. */
import { Value } from 'typebox/value';
import { defaultParams, judgeReading } from '../checks/run.ts';
import type { Appraisal, Check, CheckAppraisal, Compliance, NotApplicableReason, OsCatalog, Platform, Reading } from '../model/index.ts';
import type { Baseline } from './baseline.ts';

export interface AppraisalOptions {
  readonly baseline: { readonly document: Baseline; readonly version: string } | null;
  readonly platform: Platform;
  readonly catalogue: readonly Check[];
  /** Releases and builds; left out: those that were known when Stance was built. */
  readonly osCatalog?: OsCatalog;
  /** Moment of the appraisal, ms since the epoch. */
  readonly at: number;
}

/** What the device says of where it runs must agree with the excuse that it makes of it. */
function environmentAgrees(reason: NotApplicableReason, virtual: Reading | undefined): boolean {
  if (reason !== 'container' && reason !== 'wsl' && reason !== 'virtual-machine') return true;
  if (virtual?.status !== 'known') return false;
  const { container, wsl, hypervisor } = virtual.value as { container?: unknown; wsl?: unknown; hypervisor?: unknown };
  if (reason === 'wsl') return wsl === true;
  return typeof (reason === 'container' ? container : hypervisor) === 'string';
}

/** The service decides from catalogue and platform what may be not applicable. */
function isJustified(check: Check, reason: NotApplicableReason, platform: Platform, virtual: Reading | undefined): boolean {
  if (check.read[platform] === undefined) return reason === 'platform';
  return check.excuses?.[platform]?.includes(reason) === true && environmentAgrees(reason, virtual);
}

const filled = new WeakMap<Baseline, Map<string, unknown>>();

/** The parameters that a baseline gives a check, defaults filled in; worked out once for each. */
function paramsOf(check: Check, baseline: Baseline | undefined): unknown {
  if (baseline === undefined) return defaultParams(check);
  const known = filled.get(baseline) ?? new Map<string, unknown>();
  filled.set(baseline, known);
  if (!known.has(check.id)) known.set(check.id, Value.Default(check.params, { ...baseline.checks[check.id]?.params }));
  return known.get(check.id);
}

/** A check that takes the catalogue of releases is given the one in force, unless the baseline brings its own. */
function withCatalog(check: Check, params: unknown, catalog: OsCatalog | undefined): unknown {
  const takes = catalog !== undefined && Object.hasOwn((check.params as { properties?: object }).properties ?? {}, 'catalog');
  return takes ? { catalog, ...(params as object) } : params;
}

function appraiseCheck(check: Check, readings: readonly Reading[], virtual: Reading | undefined, options: AppraisalOptions): CheckAppraisal {
  const { baseline, platform, at } = options;
  const required = baseline !== null && Object.hasOwn(baseline.document.checks, check.id);
  const common = { check: check.id, title: check.title, required, proof: 'reported' as const };
  const [reading] = readings;
  if (reading === undefined) return { ...common, verdict: 'unknown', reason: 'missing' };
  // Two readings of one check: whichever were believed, the other might be the true one.
  if (readings.length > 1) return { ...common, verdict: 'unknown', reason: 'unparsable', because: 'The evidence holds this check more than once.' };
  if (reading.status === 'not-applicable' && !isJustified(check, reading.reason, platform, virtual)) {
    return { ...common, verdict: 'unknown', reason: 'unjustified', because: `"${reading.reason}" is not accepted for this check on this system.` };
  }
  const params = withCatalog(check, paramsOf(check, baseline?.document), options.osCatalog);
  const { verdict, because } = judgeReading(check, reading, params, at);
  // A value that was judged has its type; one that was not may be anything that came over the wire.
  const mendable = verdict === 'fail' || (verdict === 'unknown' && reading.status === 'known');
  return {
    ...common,
    verdict,
    ...(reading.status === 'known' ? {} : { reason: reading.reason }),
    ...(because === undefined ? {} : { because }),
    ...(mendable ? { remedy: check.remedy(verdict === 'fail' && reading.status === 'known' ? reading.value : undefined, platform) } : {}),
  };
}

function complianceOf(checks: readonly CheckAppraisal[], baseline: AppraisalOptions['baseline']): Compliance {
  if (baseline === null) return 'not-compliant';
  const counting = checks.filter(({ required }) => required);
  const rule = (check: CheckAppraisal): 'fail' | 'ignore' | undefined => baseline.document.checks[check.check]?.unknown;
  if (counting.some((check) => check.verdict === 'fail' || (check.verdict === 'unknown' && rule(check) === 'fail'))) return 'not-compliant';
  if (counting.some((check) => check.verdict === 'unknown' && rule(check) === undefined)) return 'unknown';
  return 'compliant';
}

/** One sentence for each required check that stands in the way. */
function reasonsOf(checks: readonly CheckAppraisal[], baseline: AppraisalOptions['baseline'], platform: Platform): string[] {
  if (baseline === null) return [`There is no baseline for ${platform}.`];
  return checks
    .filter(
      (check) => check.required && (check.verdict === 'fail' || (check.verdict === 'unknown' && baseline.document.checks[check.check]?.unknown !== 'ignore')),
    )
    .map((check) => `${check.title}: ${check.verdict === 'fail' ? (check.because ?? 'fails') : `not known (${check.reason ?? check.because ?? 'no reason'})`}`);
}

/**
 * Judges all checks of the catalogue by the baseline.
 * A required check that is missing from the readings, claimed not applicable without a right to it, or of the wrong type is `unknown`.
 */
export function appraise(readings: readonly Reading[], options: AppraisalOptions): Appraisal {
  const byCheck = Map.groupBy(readings, (reading) => reading.check);
  const virtual = byCheck.get('device.virtual')?.[0];
  const wanted = options.catalogue.filter(
    (check) => byCheck.has(check.id) || (options.baseline !== null && Object.hasOwn(options.baseline.document.checks, check.id)),
  );
  const checks = wanted.map((check) => appraiseCheck(check, byCheck.get(check.id) ?? [], virtual, options));
  return {
    compliance: complianceOf(checks, options.baseline),
    baseline: options.baseline === null ? null : { id: options.baseline.document.id, version: options.baseline.version },
    platform: options.platform,
    appraisedAt: new Date(options.at).toISOString(),
    checks,
    reasons: reasonsOf(checks, options.baseline, options.platform),
  };
}
