/**
 * What sessions have handed over, and which of them counts: that of the person at the screen. Who is logged in and says nothing makes
 * a check unknown, never passed; nobody logged in is the system agent's own finding. Pure, but for the clock.
 */
import { Value } from 'typebox/value';
import type { Check, Reading, UnknownReason } from '../../model/index.ts';
import type { Seat } from './seat.ts';

/** How often sessions hand over while nothing changes. */
export const HAND_OVER_MS = 5 * 60_000;
/** What was handed over longer ago does not count. */
const STALE_MS = 15 * 60_000;
/** A session process that is gone is perhaps starting again. */
export const GONE_MS = 2 * 60_000;
/** The clock may have been set between reading and handing over. */
const CLOCK_STEP_MS = 60_000;
/** A value with all its text, as JSON. */
const MOST_CHARACTERS = 16_384;
const FROM_SESSION = 'session';

interface Handed {
  readonly uid: number;
  readonly readings: ReadonlyMap<string, Reading>;
  /** ms, by a clock that nobody sets; and for people. */
  readonly at: number;
  readonly handedAt: string;
  goneAt: number | undefined;
}

export interface SessionShown {
  readonly uid: number;
  readonly connected: boolean;
  readonly handedAt: string;
  readonly counts: boolean;
}

export interface Sessions {
  /** `connection`: one object for each; a person may run more than one session process. The checks that were taken. */
  handOver(connection: object, uid: number, readings: readonly Reading[]): readonly string[];
  /** True where it had handed something over: that counts a little longer, and then no more. */
  go(connection: object): boolean;
  /** In place of the system agent's own readings of what belongs to sessions. */
  merge(own: readonly Reading[], seat: Seat): Reading[];
  shown(seat: Seat): readonly SessionShown[];
}

/**
 * A reading as a session may give it: of one of these checks, of the check's own type and nothing beside it, said to be a session's.
 * Undefined for anything else. What it says is not proven: whoever sits there can have it say anything.
 */
export function takeReading(checks: readonly Check[], given: Reading, nowMs: number): Reading | undefined {
  const check = checks.find(({ id }) => id === given.check);
  const ageMs = nowMs - Date.parse(given.readAt);
  if (check === undefined || !(ageMs > -CLOCK_STEP_MS && ageMs < STALE_MS)) return undefined;
  const method = given.method === undefined ? FROM_SESSION : `${FROM_SESSION}: ${given.method}`.slice(0, 200);
  const { readAt, tookMs } = given;
  const common = { check: check.id, method, readAt, tookMs, ...(given.detail === undefined ? {} : { detail: given.detail }) };
  if (given.status !== 'known') return { ...common, status: given.status, reason: given.reason } as Reading;
  if (!Value.Check(check.value, given.value)) return undefined;
  const value = Value.Clean(check.value, structuredClone(given.value));
  return JSON.stringify(value).length > MOST_CHARACTERS ? undefined : { ...common, status: 'known', value };
}

interface Excuse {
  readonly reason: UnknownReason;
  readonly detail: string;
}

/** Whose readings count, or why nobody's do; undefined where nobody is there whose they could be. */
export function chooseSession(seat: Seat, fresh: ReadonlySet<number>, stale: ReadonlySet<number>): number | Excuse | undefined {
  const late = { reason: 'stale', detail: 'The session process of Stance has not been heard of for a while.' } as const;
  const silent = { reason: 'not-read', detail: 'Somebody is logged in, and no session process of Stance runs there.' } as const;
  if (seat.active !== undefined) return fresh.has(seat.active) ? seat.active : stale.has(seat.active) ? late : silent;
  const candidates = seat.told ? seat.graphical : new Set([...fresh, ...stale]);
  const [only] = candidates;
  if (only === undefined) return undefined;
  if (candidates.size > 1) return { reason: 'no-data', detail: 'Several people are logged in, and it is not told who sits at the screen.' };
  return fresh.has(only) ? only : stale.has(only) ? late : silent;
}

function mergeOne(own: Reading, chosen: number | Excuse | undefined, reading: Reading | undefined): Reading {
  const { check, readAt, tookMs } = own;
  const unknown = ({ reason, detail }: Excuse): Reading => ({ check, status: 'unknown', reason, detail, readAt, tookMs });
  if (chosen === undefined) {
    // Root's settings are nobody's.
    return own.status === 'known' ? unknown({ reason: 'not-read', detail: 'No session process of Stance has said anything yet.' }) : own;
  }
  if (typeof chosen !== 'number') return own.status === 'not-applicable' && chosen.reason !== 'no-data' ? own : unknown(chosen);
  if (reading === undefined) return unknown({ reason: 'not-read', detail: 'The session process of Stance there does not read this.' });
  // Whether there is a session at all, the system knows better than somebody in one.
  if (reading.status === 'not-applicable' && own.status !== 'not-applicable')
    return unknown({ reason: 'no-data', detail: `The session says "${reading.reason}", and the system does not.` });
  return reading;
}

/** Who is connected before who is gone, who knows before who does not, then who said it last. */
const byWeight = (check: string) => (a: Handed, b: Handed) =>
  Number(a.goneAt !== undefined) - Number(b.goneAt !== undefined) ||
  Number(b.readings.get(check)?.status === 'known') - Number(a.readings.get(check)?.status === 'known') ||
  b.at - a.at;

export function createSessions(checks: readonly Check[], clock: () => number = () => performance.now(), wall: () => number = Date.now): Sessions {
  const handed = new Map<object, Handed>();
  const isFresh = ({ at }: Handed): boolean => clock() - at < STALE_MS;

  /** Forgets what is long gone; whose readings count. */
  function choose(seat: Seat): number | Excuse | undefined {
    for (const [connection, { goneAt }] of handed) if (goneAt !== undefined && clock() - goneAt >= GONE_MS) handed.delete(connection);
    const all = [...handed.values()];
    const fresh = new Set(all.filter(isFresh).map(({ uid }) => uid));
    return chooseSession(seat, fresh, new Set(all.map(({ uid }) => uid).filter((uid) => !fresh.has(uid))));
  }
  const readingOf = (uid: number, check: string): Reading | undefined =>
    [...handed.values()]
      .filter((one) => one.uid === uid && isFresh(one) && one.readings.has(check))
      .sort(byWeight(check))[0]
      ?.readings.get(check);

  return {
    handOver(connection, uid, readings) {
      const taken = readings.flatMap((reading) => takeReading(checks, reading, wall()) ?? []);
      const byCheck = new Map(taken.map((reading) => [reading.check, reading]));
      if (taken.length > 0) handed.set(connection, { uid, readings: byCheck, at: clock(), handedAt: new Date(wall()).toISOString(), goneAt: undefined });
      return [...byCheck.keys()];
    },
    go(connection) {
      const known = handed.get(connection);
      if (known !== undefined) known.goneAt = clock();
      return known !== undefined;
    },
    merge(own, seat) {
      const chosen = choose(seat);
      const theirs = new Set(checks.map(({ id }) => id));
      return own.map((reading) =>
        theirs.has(reading.check) ? mergeOne(reading, chosen, typeof chosen === 'number' ? readingOf(chosen, reading.check) : undefined) : reading,
      );
    },
    shown(seat) {
      const chosen = choose(seat);
      const latest = new Map<number, Handed>();
      for (const one of [...handed.values()].sort((a, b) => a.at - b.at)) latest.set(one.uid, one);
      return [...latest.values()].map(({ uid, handedAt }) => ({
        ...{ uid, handedAt, counts: uid === chosen },
        connected: [...handed.values()].some((one) => one.uid === uid && one.goneAt === undefined),
      }));
    },
  };
}
