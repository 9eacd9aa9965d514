/** What decisions need of an assessment, and no more. Pure. */
import { CATALOGUE } from '../checks/index.ts';
import { type Assurance, type Proof, sameJson } from '../model/index.ts';
import type { Assessed, Assessment } from './assess.ts';
import type { DeviceFacts } from './decision-input.ts';
import type { PolicySet } from './policy-set.ts';
import { type Bearing, type Timeline, timelineOf } from './timeline.ts';

/** Checks whose readings access policies ask for: those that a condition names, in CEL too. */
export function wantedChecks({ accessPolicies }: PolicySet): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const { document } of accessPolicies) {
    const { device, cel } = document.when;
    for (const id of Object.keys(device?.checks ?? {})) wanted.add(id);
    if (cel !== undefined) for (const { id } of CATALOGUE) if (cel.includes(id)) wanted.add(id);
  }
  return wanted;
}

/** Members of facts that say when, and by which evidence; all others say how a device stands. */
export type Seen = Pick<DeviceFacts, 'observedAt' | 'readings' | 'oldestReadAt'>;

/** The same posture, seen again. */
export function withSeen({ oldestReadAt: _, ...facts }: DeviceFacts, seen: Seen): DeviceFacts {
  return { ...facts, ...seen };
}
export function seenIn({ observedAt, readings, oldestReadAt }: Seen): Seen {
  return oldestReadAt === undefined ? { observedAt, readings } : { observedAt, readings, oldestReadAt };
}

const POSTURE = ['platform', 'assurance', 'verdicts', 'timeline', 'timelineFor', 'values', 'proofs', 'problems'] as const;

/** Facts that say the same as those before hold the same objects: so one look tells what has changed, and what has not takes no memory twice. */
export function sharing(facts: DeviceFacts, before: DeviceFacts | null): DeviceFacts {
  if (before === null) return facts;
  for (const name of POSTURE) if (!sameJson(before[name], facts[name])) return facts;
  return withSeen(before, seenIn(facts));
}

/** Whether two facts of one device, of which the later were made `sharing` the earlier, say the same but for when it was seen. */
export const isSamePosture = (a: DeviceFacts, b: DeviceFacts): boolean => POSTURE.every((name) => a[name] === b[name]);

export interface Kept {
  readonly observedAt: number;
  readonly readings: string | null;
  readonly oldestReadAt?: DeviceFacts['oldestReadAt'];
  /** Checks whose readings are kept. */
  readonly wanted: ReadonlySet<string>;
}

function problemOf({ check, reading, verdict, because, reason }: Assessed): DeviceFacts['problems'][number] {
  const why = because ?? (reason === undefined ? undefined : `not known: ${reason}`);
  return {
    check: check.id,
    ...(why === undefined ? {} : { because: why }),
    ...(verdict === 'fail' && reading?.status === 'known' ? { value: reading.value } : {}),
  };
}

/** Timelines of the apps for which alone exemptions are. */
function appTimelines(assessment: Assessment, bearing: Bearing): Record<string, Timeline> {
  const apps = new Set(bearing.exemptions.flatMap(({ apps = [] }) => apps));
  return Object.fromEntries([...apps].map((app) => [app, timelineOf(assessment, bearing, app)]));
}

export function factsOf(
  device: { readonly id: string; readonly assurance: Assurance },
  assessment: Assessment,
  bearing: Bearing,
  { observedAt, readings, oldestReadAt, wanted }: Kept,
): DeviceFacts {
  const verdicts: Record<string, DeviceFacts['verdicts'][string]> = {};
  const values: Record<string, unknown> = {};
  const proofs: Record<string, Proof> = {};
  const problems: DeviceFacts['problems'][number][] = [];
  for (const assessed of assessment.checks) {
    const { check, reading, verdict, proof, judged } = assessed;
    verdicts[check.id] = verdict;
    if (proof !== 'reported') proofs[check.id] = proof;
    // A value of another type than the check's was judged unknown for it.
    if (wanted.has(check.id) && reading?.status === 'known' && verdict !== 'unknown') values[check.id] = reading.value;
    if ((judged.length > 0 || wanted.has(check.id)) && (verdict === 'fail' || verdict === 'unknown')) problems.push(problemOf(assessed));
  }
  const timelineFor = appTimelines(assessment, bearing);
  const some = (record: object): boolean => Object.keys(record).length > 0;
  return {
    id: device.id,
    platform: assessment.platform,
    assurance: device.assurance,
    verdicts,
    timeline: timelineOf(assessment, bearing),
    ...(some(timelineFor) ? { timelineFor } : {}),
    ...(some(values) ? { values } : {}),
    ...(some(proofs) ? { proofs } : {}),
    problems,
    observedAt,
    readings,
    ...(oldestReadAt === undefined ? {} : { oldestReadAt }),
  };
}
