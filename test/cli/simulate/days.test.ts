/** What happens in a simulation: in order, the same again, reports before questions, and what was mended is seen to be. */
import { expect, test } from '@jest/globals';
import { happeningsOf } from '../../../src/cli/simulate/days.ts';
import { type Health, healthOf } from '../../../src/cli/simulate/health.ts';
import { createOrganisation } from '../../../src/cli/simulate/organisation.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A Monday to a Sunday. */
const FROM = Date.parse('2026-11-16T00:00:00Z');
const UNTIL = FROM + 7 * DAY_MS - 1;
const organisation = createOrganisation(7, 60);
const health = organisation.devices.map((device) => healthOf(organisation, device, FROM, UNTIL));
const happenings = happeningsOf(organisation, health, FROM, UNTIL);
const on = (day: number) => happenings.filter(({ at }) => Math.floor((at - FROM) / DAY_MS) === day).length;
const reportsOf = (number: number, of = happenings): number[] =>
  of.flatMap(({ at, happens }) => ('reports' in happens && happens.reports.number === number ? [at] : []));

test('everybody has an address and a group of their own making, and the systems are mixed', () => {
  expect(new Set(organisation.people.map(({ id }) => id)).size).toBe(organisation.people.length);
  for (const { id } of organisation.people) expect(id).toMatch(/^[a-z0-9.-]+@example\.com$/);
  expect(new Set(organisation.devices.map(({ model }) => model.platform))).toEqual(new Set(['linux', 'darwin', 'win32']));
});

test('it is in order, within its time, the same again, and another with another seed', () => {
  expect(happenings.every(({ at }, index) => at >= FROM && at <= UNTIL && at >= (happenings[index - 1]?.at ?? 0))).toBe(true);
  expect(happeningsOf(organisation, health, FROM, UNTIL)).toEqual(happenings);
  expect(JSON.stringify(happeningsOf({ ...organisation, seed: 8 }, health, FROM, UNTIL))).not.toBe(JSON.stringify(happenings));
});

test('hardly anybody works at the weekend', () => {
  expect(on(5) + on(6)).toBeLessThan(on(0) / 2);
});

test('nearly all questions on a device come soon enough after a report of it to be decided by it', () => {
  const asked = happenings.flatMap(({ at, happens }) => ('asks' in happens && happens.asks.device !== undefined ? [{ at, device: happens.asks.device }] : []));
  const late = asked.filter(({ at, device }) => !reportsOf(device).some((report) => report <= at && at - report < 10 * MINUTE_MS));
  expect(asked.length).toBeGreaterThan(1_000);
  expect(late.length).toBeGreaterThan(0);
  expect(late.length).toBeLessThan(asked.length * 0.08);
});

test('what was mended is reported well for an hour, without a gap: else the service would go on counting since when it fails', () => {
  const defect = { name: 'any', changes: {}, share: 1, daily: 0, lasts: [1, 1] } as const;
  const mendedAt = FROM + 1.2 * DAY_MS;
  const spoiled: Health[] = health.map((one, number) =>
    number === 0 ? { ...one, spells: [{ defect, from: FROM, until: mendedAt }] } : { ...one, spells: [] },
  );
  const reports = reportsOf(0, happeningsOf(organisation, spoiled, FROM, UNTIL));
  const seen = reports.filter((at) => at >= mendedAt);
  const hour = seen.filter((at) => at - (seen[0] as number) <= 70 * MINUTE_MS);
  expect((hour.at(-1) as number) - (hour[0] as number)).toBeGreaterThanOrEqual(60 * MINUTE_MS);
  expect(Math.max(...hour.slice(1).map((at, index) => at - (hour[index] as number)))).toBeLessThanOrEqual(10 * MINUTE_MS);
});
