/** What happens when: people come to work, their agents report, they open apps. In the order of time, and the same for the same seed. */
import type { EvaluationRequest } from '../../model/index.ts';
import { type Chance, chanceOf } from './chance.ts';
import type { Organisation, Person, SimulatedDevice } from './organisation.ts';
import { HABITS, NETWORKS, RISKS } from './people.ts';

const [MINUTE_MS, HOUR_MS, DAY_MS] = [60_000, 3_600_000, 86_400_000];
/** Questions come so soon after a report that it counts: what is protected wants evidence younger than two report intervals. */
const VISIT_MS = 8 * MINUTE_MS;
/** Reports come on these minutes: those of one moment the service commits together, and each commit waits for the disk. */
const REPORT_STEP_MS = 5 * MINUTE_MS;

/** What an app asks; the device is named by its number, because its id comes with joining. */
export interface Question {
  readonly device: number | undefined;
  readonly request: EvaluationRequest;
}
export interface Happening {
  /** ms since the epoch. */
  readonly at: number;
  readonly happens: { readonly reports: SimulatedDevice } | { readonly asks: Question };
}

/** Sunday and Saturday, UTC. */
const isWeekend = (day: number): boolean => [0, 6].includes(new Date(day).getUTCDay());

function question(chance: Chance, person: Person, device: number | undefined, signedInAt: number): Question {
  const glass = person.groups.includes('break-glass');
  const { app } = chance.weighted(person.apps, ({ weight }) => weight);
  const network = chance.weighted(NETWORKS, ({ weight }) => weight);
  const risk = (): string => chance.weighted(RISKS, ({ weight }) => weight).level;
  const strong = glass || chance.yes(HABITS.secondFactor);
  const told = {
    ip: `${network.prefix}${chance.whole(1, 254)}`,
    amr: glass ? ['hwk', 'mfa'] : strong ? ['pwd', 'mfa'] : ['pwd'],
    auth_time: Math.floor(signedInAt / 1000),
    risk: { user: risk(), session: risk() },
    ...(person.groups.includes('guests') ? { terms_of_use: chance.yes(HABITS.acceptedTerms) } : {}),
  };
  const request = {
    subject: { type: 'user', id: person.id },
    action: { name: 'open' },
    resource: { type: 'app', id: app.id },
    context: told,
  };
  return { device, request };
}

/** One person's time with one device, or with none: a few visits, each a report and what is opened in the minutes after it. */
function visits(chance: Chance, person: Person, device: SimulatedDevice | undefined, day: number, colleagues: number): Happening[] {
  const begins = day + chance.between(7, 10) * HOUR_MS;
  const count = chance.whole(...HABITS.visits);
  const happenings: Happening[] = [];
  for (let visit = 0; visit < count; visit++) {
    const from = begins + ((visit + chance.between(0, 0.8)) * 8 * HOUR_MS) / count;
    const at = Math.ceil(from / REPORT_STEP_MS) * REPORT_STEP_MS;
    if (device !== undefined && !chance.yes(HABITS.silentAgent)) happenings.push({ at, happens: { reports: device } });
    for (let asked = chance.whole(...HABITS.questions); asked > 0; asked--) {
      const on =
        device === undefined || chance.yes(HABITS.noDevice) ? undefined : chance.yes(HABITS.borrowed) ? chance.whole(0, colleagues - 1) : device.number;
      const when = at + Math.round(chance.between(5_000, VISIT_MS));
      happenings.push({ at: when, happens: { asks: question(chance, person, on, begins) } });
    }
  }
  return happenings;
}

/** All that happens from a moment until another, in order; days are those of UTC. */
export function happeningsOf({ seed, people, devices }: Organisation, from: number, until: number): Happening[] {
  const owners = new Set(devices.map(({ owner }) => owner));
  const without = people.filter((person) => !owners.has(person));
  const happenings: Happening[] = [];
  for (let day = Math.floor(from / DAY_MS) * DAY_MS; day < until; day += DAY_MS) {
    for (const [what, person, device] of [
      ...devices.map((one) => [one.number, one.owner, one] as const),
      ...without.map((one) => [one.id, one, undefined] as const),
    ]) {
      const chance = chanceOf(seed, 'day', what, Math.round((day - from) / DAY_MS));
      const works = isWeekend(day) ? chance.yes(HABITS.weekendWork) : !chance.yes(HABITS.away);
      // Break-glass accounts are for the day on which nothing else works: once in a long while.
      if (works && (!person.groups.includes('break-glass') || chance.yes(0.05))) happenings.push(...visits(chance, person, device, day, devices.length));
    }
  }
  return happenings.filter(({ at }) => at >= from && at <= until).sort((a, b) => a.at - b.at);
}
