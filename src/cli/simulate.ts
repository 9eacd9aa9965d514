/** `stance simulate`: a made-up organisation to try policies on, before any real device joins. */
import path from 'node:path';
import { StanceError } from '../model/index.ts';
import { heading, say, sayJson, warn } from './output.ts';
import type { RemoteOptions } from './remote.ts';
import { simulateHistory } from './simulate/history.ts';
import { createOrganisation } from './simulate/organisation.ts';

/** That is how long a service keeps decisions. */
const MAX_DAYS = 30;

interface SimulateOptions extends RemoteOptions {
  readonly devices: string;
  readonly days: string;
  readonly seed: string;
  readonly into?: string;
  readonly until?: string;
  readonly keep?: boolean;
  readonly remove?: boolean;
}

function whole(text: string, flag: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new StanceError('usage', `${flag} is a whole number from ${least} to ${most}, not ${text}.`);
  return value;
}

/** The end of a day, UTC, or now where that comes first. */
function endOf(day: string | undefined): number {
  const until = day === undefined ? Date.now() : Date.parse(`${day}T23:59:59.000Z`);
  if (Number.isNaN(until)) throw new StanceError('usage', `--until is a day, as in 2026-11-24, not ${day}.`);
  return Math.min(until, Date.now());
}

export async function simulate(options: SimulateOptions): Promise<number> {
  const startedAt = performance.now();
  const seed = whole(options.seed, '--seed', 0, 2 ** 31);
  const organisation = createOrganisation(seed, whole(options.devices, '--devices', 1, 10_000));
  const days = whole(options.days, '--days', 1, MAX_DAYS);
  const folder = options.into;
  if (folder === undefined) throw new StanceError('usage', 'Where to? Name a folder with --into, or a running service with --server.');
  const onDay = (day: number): void => warn(`day ${day + 1} of ${days}`);
  const tally = await simulateHistory({ folder, organisation, days, until: endOf(options.until), onDay });
  const decisions = Object.values(tally.outcomes).reduce((sum, count) => sum + count, 0);
  const serve = `stance serve --store sqlite:${path.join(folder, 'service.db')} --state ${folder} --policies ${path.join(folder, 'policies')}`;
  const summary = {
    ...{ simulated: true, folder, seed, days, devices: organisation.devices.length, people: organisation.people.length },
    ...{ evidence: tally.evidence, decisions, outcomes: tally.outcomes, serve, tookMs: Math.round(performance.now() - startedAt) },
  };
  if (options.json) sayJson(summary);
  else {
    say(heading(`${summary.devices} simulated devices of ${summary.people} made-up people, ${days} days`));
    say(JSON.stringify(summary));
  }
  return 0;
}
