/** What a trustworthiness vector amounts to (draft-ietf-rats-ar4si, draft-ietf-rats-ear). Stands apart from the schemas, which would weigh 170 kB in a browser. */

export const EAR_PROFILE = 'tag:ietf.org,2026:rats/ear#03';
export const TIERS = ['none', 'affirming', 'warning', 'contraindicated'] as const;
export type Tier = (typeof TIERS)[number];
/** Claim → value, -128 to 127. */
export type Vector = Readonly<Record<string, number>>;

/** AR4SI section 2.3.2: the tier of a value. */
export function tierOf(value: number): Tier {
  if (value >= -1 && value <= 1) return 'none';
  const size = value < 0 ? -value - 1 : value;
  if (size < 32) return 'affirming';
  return size < 96 ? 'warning' : 'contraindicated';
}

/** Never better than the worst member; affirming only where identity and configuration both are. */
export function statusOf(vector: Vector): Tier {
  const tiers = Object.values(vector).map(tierOf);
  if (tiers.includes('contraindicated')) return 'contraindicated';
  if (tiers.includes('warning')) return 'warning';
  const affirmed = (claim: string): boolean => vector[claim] !== undefined && tierOf(vector[claim]) === 'affirming';
  return affirmed('instance-identity') && affirmed('configuration') ? 'affirming' : 'warning';
}
