/** Day and time of day somewhere, at a moment. */

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

export interface LocalTime {
  /** 0 is Monday. */
  readonly day: number;
  /** Minutes since midnight. */
  readonly minute: number;
}

/** Whether there is such a time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const MINUTE_MS = 60_000;

/** Tells the time in a zone. A minute is worked out once: offsets change at full minutes only. */
export function createClockIn(zone: string): (at: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  let known: { readonly slot: number; readonly time: LocalTime } | undefined;
  return (at) => {
    const slot = Math.floor(at / MINUTE_MS);
    if (known?.slot !== slot) {
      const parts = Object.fromEntries(format.formatToParts(slot * MINUTE_MS).map(({ type, value }) => [type, value]));
      const day = DAYS.indexOf((parts.weekday ?? '').toLowerCase() as Day);
      known = { slot, time: { day, minute: Number(parts.hour) * 60 + Number(parts.minute) } };
    }
    return known.time;
  };
}
