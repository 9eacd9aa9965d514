/** How a simulated machine is at a moment: what is wrong with it, and what its agent reads of it then. */
import { CATALOGUE } from '../../checks/index.ts';
import { type Finding, notApplicable, type Platform, type Reading, unknown } from '../../model/index.ts';
import { chanceOf } from './chance.ts';
import { BLIND_SPOTS, type Change, DEFECTS, type Defect } from './defects.ts';
import { HEALTHY } from './machines.ts';
import type { Organisation, SimulatedDevice } from './organisation.ts';

const DAY_MS = 86_400_000;
const WEEKS_3_MS = 21 * DAY_MS;
/** Lists of updates and signatures are fetched again on every third day; there are Windows updates every four weeks, on a Tuesday. */
const [LIST_DAYS, PATCH_DAYS, A_TUESDAY] = [3, 28, 5];

/** A defect that is there from one moment to another, ms since the epoch. */
export interface Spell {
  readonly defect: Defect;
  readonly from: number;
  readonly until: number;
}

export interface Health {
  readonly spells: readonly Spell[];
  /** Restarts, in order; the first was before the simulation. */
  readonly boots: readonly number[];
}

export function healthOf({ seed }: Organisation, { number, model }: SimulatedDevice, from: number, until: number): Health {
  const spells: Spell[] = [];
  for (const defect of [...BLIND_SPOTS, ...DEFECTS]) {
    if (defect.changes[model.platform] === undefined) continue;
    const chance = chanceOf(seed, 'defect', number, defect.name);
    const lasting = (): number => chance.between(...defect.lasts) * DAY_MS;
    let free = from;
    if (chance.yes(defect.share)) {
      free = from + lasting();
      spells.push({ defect, from: from - DAY_MS, until: free });
    }
    for (let day = from; day < until; day += DAY_MS) {
      const begins = day + chance.between(0, DAY_MS);
      if (!chance.yes(defect.daily) || begins < free) continue;
      free = begins + lasting();
      spells.push({ defect, from: begins, until: free });
    }
  }
  const chance = chanceOf(seed, 'boots', number);
  const boots = [from - chance.between(0.2, 5) * DAY_MS];
  while ((boots.at(-1) as number) < until) boots.push((boots.at(-1) as number) + chance.between(2, 7) * DAY_MS);
  return { spells, boots };
}

const dayOf = (days: number): string => new Date(days * DAY_MS).toISOString().slice(0, 10);
const lastOf = (days: number, every: number, offset: number): number => Math.floor((days - offset) / every) * every + offset;

/** Members of a value that are words for times become them. */
const filled = (value: unknown, words: Readonly<Record<string, string>>): unknown =>
  JSON.parse(JSON.stringify(value).replace(/"(\$[a-z]+)"/g, (all, word: string) => (words[word] === undefined ? all : JSON.stringify(words[word]))));

/** The finding of a healthy machine with what is wrong put over it. */
function spoil(healthy: Finding<unknown>, change: Change): Finding<unknown> {
  if (typeof change === 'string') return unknown(change);
  return healthy.status === 'known' ? { ...healthy, value: { ...(healthy.value as object), ...change } } : healthy;
}

function findingOf(check: string, platform: Platform, device: SimulatedDevice, spells: readonly Spell[]): Finding<unknown> {
  const healthy = device.model.own[check] ?? HEALTHY[platform][check] ?? notApplicable('platform');
  return spells.reduce<Finding<unknown>>((finding, { defect, from }) => {
    const change = defect.changes[platform]?.[check];
    const since = new Date(from - WEEKS_3_MS).toISOString();
    return change === undefined ? finding : spoil(finding, filled(change, { $since: since }) as Change);
  }, healthy);
}

/** All readings of the catalogue, as an agent of the system would report them at that moment (ms since the epoch). */
export function readingsAt(device: SimulatedDevice, { spells, boots }: Health, at: number): Reading[] {
  const days = Math.floor(at / DAY_MS);
  const booted = boots.findLast((boot) => boot <= at) ?? (boots[0] as number);
  const words = {
    $day: dayOf(lastOf(days, LIST_DAYS, device.number % LIST_DAYS)),
    $patched: dayOf(lastOf(days, PATCH_DAYS, A_TUESDAY)),
    // Rounded to the minute, as readers do.
    $booted: new Date(Math.round(booted / 60_000) * 60_000).toISOString(),
  };
  const now = spells.filter(({ from, until }) => from <= at && at < until);
  const readAt = new Date(at).toISOString();
  return CATALOGUE.map(({ id }) => {
    const finding = findingOf(id, device.model.platform, device, now);
    return { check: id, ...(filled(finding, words) as Finding<unknown>), readAt, tookMs: 1 } as Reading;
  });
}
