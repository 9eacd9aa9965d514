/** Durations as policies write them: ISO 8601, of weeks, days, hours, minutes, seconds. Months and years have no one length, and are not taken. Pure. */
import { Type } from 'typebox';
import type { Words } from '../model/index.ts';

const UNITS_MS = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1000 } as const;
const FORM = /^P(?=\d|T\d)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?$/;

/** A duration in a policy file. */
export const Duration = (description: string) => Type.String({ pattern: FORM.source, description: `${description} ISO 8601: P7D, PT12H, PT30M.` });

/** `pattern` of the schema, by which an error is told in words. */
export const DURATION_PATTERN = FORM.source;

/** Milliseconds. @throws RangeError for what `Duration` does not allow. */
export function durationMs(text: string): number {
  const parts = FORM.exec(text);
  if (parts === null) throw new RangeError(`${text} is no duration.`);
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return (weeks ?? 0) * UNITS_MS.W + (days ?? 0) * UNITS_MS.D + (hours ?? 0) * UNITS_MS.H + (minutes ?? 0) * UNITS_MS.M + (seconds ?? 0) * UNITS_MS.S;
}

const NAMES = [
  { ms: UNITS_MS.D, one: { en: 'day', de: 'Tag' }, many: { en: 'days', de: 'Tagen' } },
  { ms: UNITS_MS.H, one: { en: 'hour', de: 'Stunde' }, many: { en: 'hours', de: 'Stunden' } },
  { ms: UNITS_MS.M, one: { en: 'minute', de: 'Minute' }, many: { en: 'minutes', de: 'Minuten' } },
] as const;

/** How long something has lasted, rounded to the largest unit of which there are two ("for 3 days", „seit 3 Tagen“); a minute at the least. */
export function lasting(ms: number): Words {
  const unit = NAMES.find((candidate) => ms >= 2 * candidate.ms) ?? NAMES[2];
  const count = Math.max(1, Math.round(ms / unit.ms));
  const name = count === 1 ? unit.one : unit.many;
  // The dative of one is another word where the noun is masculine or feminine; only minutes can be one here.
  return { en: `${count} ${name.en}`, de: `${count} ${name.de}` };
}
