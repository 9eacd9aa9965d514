/** Where from, at which risk, when: what the session is like. */
import { RISKS, type When } from '../access.ts';
import { type AddressRange, addressRangeOf, isIn } from '../addresses.ts';
import { type Asked, briefView, celView, ipOf } from '../asked.ts';
import { createClockIn, DAYS, type LocalTime } from '../calendar.ts';
import { compileExpression, type Names } from '../cel.ts';
import type { Truth } from '../truth.ts';
import { type Condition, list, type Terms } from './condition.ts';

/** What a condition of an access policy may speak of. */
export const ACCESS_NAMES: Names = ['subject', 'resource', 'action', 'context', 'device'];

function rangesOf(names: readonly string[], { locations }: Terms): AddressRange[] {
  const texts = names.flatMap((name) => (name.startsWith('location:') ? (locations.get(name.slice('location:'.length)) ?? []) : [name]));
  return texts.map(addressRangeOf).filter((range) => range !== undefined);
}

export function networkConditions(network: When['network'], terms: Terms): Condition[] {
  const within = (names: readonly string[]): ((asked: Asked) => Truth) => {
    const ranges = rangesOf(names, terms);
    return (asked) => {
      const address = ipOf(asked);
      return address === undefined ? undefined : ranges.some((range) => isIn(range, address));
    };
  };
  const where = (asked: Asked): string => (ipOf(asked) === undefined ? 'context.ip is not told' : `context.ip is ${String(asked.context.ip)}`);
  const conditions: Condition[] = [];
  if (network?.include !== undefined) conditions.push({ path: 'when.network.include', test: within(network.include), why: where });
  if (network?.exclude !== undefined) {
    const inside = within(network.exclude);
    const test = (asked: Asked): Truth => {
      const is = inside(asked);
      return is === undefined ? undefined : !is;
    };
    conditions.push({ path: 'when.network.exclude', test, why: where });
  }
  return conditions;
}

const LEVELS: ReadonlySet<unknown> = new Set(RISKS);

export function riskConditions(risk: When['risk']): Condition[] {
  return (['user', 'session'] as const).flatMap((whose): Condition[] => {
    const names = risk?.[whose];
    if (names === undefined) return [];
    const wanted: ReadonlySet<unknown> = new Set(names);
    const level = ({ context }: Asked): unknown => (context.risk as Partial<Record<string, unknown>> | null | undefined)?.[whose];
    return [
      {
        path: `when.risk.${whose}`,
        test: (asked) => {
          const found = level(asked);
          return LEVELS.has(found) ? wanted.has(found) : undefined;
        },
        why: (asked) =>
          LEVELS.has(level(asked)) ? `context.risk.${whose} is ${String(level(asked))}, none of: ${list(names)}` : `context.risk.${whose} is not told`,
      },
    ];
  });
}

const minutesOf = (text: string): number => {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
};
const DAY_MINUTES = 24 * 60;

export function timeConditions(time: When['time']): Condition[] {
  if (time === undefined) return [];
  const { days, from = '00:00', to = '24:00', zone = 'UTC' } = time;
  const clock = createClockIn(zone);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const on = (day: number): boolean => days === undefined || days.includes(DAYS[(day + 7) % 7] ?? 'mon');
  const holds = ({ day, minute }: LocalTime): boolean => {
    if (begin < end) return minute >= begin && minute < end && on(day);
    // Over midnight: what is left of it in the morning belongs to the day before.
    return (minute >= begin && on(day)) || (minute < end && on(day - 1));
  };
  const show = ({ day, minute }: LocalTime): string =>
    `${DAYS[day]} ${String(Math.floor(minute / 60) % (DAY_MINUTES / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return [{ path: 'when.time', test: ({ input }) => holds(clock(input.at)), why: ({ input }) => `it is ${show(clock(input.at))} in ${zone}` }];
}

export function celConditions(cel: When['cel']): Condition[] {
  if (cel === undefined) return [];
  const expression = compileExpression(cel, ACCESS_NAMES);
  const test = (asked: Asked): Truth => expression(briefView(asked), () => celView(asked));
  return [{ path: 'when.cel', test, why: (asked) => (test(asked) === undefined ? `it cannot be known whether ${cel}` : `it is not so that ${cel}`) }];
}
