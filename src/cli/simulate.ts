/** `stance simulate`: a made-up organisation to try policies on, before any real device joins. */
import path from 'node:path';
import { type Outcome, StanceError } from '../model/index.ts';
import { faint, heading, outcomeWord, say, sayJson, table, warn } from './output.ts';
import { type RemoteOptions, tokenOf } from './remote.ts';
import { untilStopped } from './signals.ts';
import type { Tally } from './simulate/fleet.ts';
import { simulateHistory } from './simulate/history.ts';
import { removeSimulated, simulateLive } from './simulate/live.ts';
import { createOrganisation, type Organisation } from './simulate/organisation.ts';

const MAX_DEVICES = 10_000;
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
  const until = day === undefined ? Date.now() : /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T23:59:59.000Z`) : Number.NaN;
  if (Number.isNaN(until)) throw new StanceError('usage', `--until is a day, as in 2026-11-24, not ${day}.`);
  return Math.min(until, Date.now());
}

const decisionsOf = ({ outcomes }: Tally): number => Object.values(outcomes).reduce((sum, count) => sum + count, 0);

function tellTally({ evidence, outcomes }: Tally): void {
  say(`${evidence.full + evidence.heartbeat} reports (${evidence.full} with all readings, ${evidence.heartbeat} heartbeats)`);
  say(table(Object.entries(outcomes).map(([outcome, count]) => [outcomeWord(outcome as Outcome), `${count} decisions`])));
}

async function intoFolder(folder: string, organisation: Organisation, options: SimulateOptions): Promise<void> {
  const startedAt = performance.now();
  const days = whole(options.days, '--days', 1, MAX_DAYS);
  const onDay = (day: number): void => void (options.json || warn(`day ${day + 1} of ${days}`));
  const tally = await simulateHistory({ folder, organisation, days, until: endOf(options.until), onDay });
  const [store, policies] = [`sqlite:${path.join(folder, 'service.db')}`, path.join(folder, 'policies')];
  const summary = {
    ...{ simulated: true, folder, seed: organisation.seed, days, devices: organisation.devices.length, people: organisation.people.length },
    ...{ evidence: tally.evidence, decisions: decisionsOf(tally), outcomes: tally.outcomes },
    tookMs: Math.round(performance.now() - startedAt),
  };
  if (options.json) return sayJson(summary);
  say(`${heading(`${summary.devices} simulated devices`)} of ${summary.people} made-up people, ${days} days, in ${Math.round(summary.tookMs / 1000)} s`);
  tellTally(tally);
  say(`\nTry a draft on it, or look at it (the token of an administrator is in ${path.join(folder, 'first-administrator.token')}):\n`);
  say(`  stance policy replay ${policies} --days ${days} --enforce block-unsupported-os --store ${store} --state ${folder}`);
  say(`  stance serve --store ${store} --state ${folder} --policies ${policies}`);
  say(faint('\nThe devices are gone with this command: they report no more, and their keys are nowhere.'));
}

async function atService(server: string, organisation: Organisation, options: SimulateOptions): Promise<void> {
  const stopped = options.keep === true ? { stopped: untilStopped() } : {};
  const onRound = (tally: Tally, waitMs: number): void => {
    if (options.keep === true && !options.json)
      warn(
        `${tally.evidence.full + tally.evidence.heartbeat} reports, ${decisionsOf(tally)} decisions; again in ${Math.round(waitMs / 1000)} s. Ctrl-C ends it.`,
      );
  };
  const tally = await simulateLive({ organisation, server, token: tokenOf(options), ...stopped, onRound });
  if (options.json)
    return sayJson({ simulated: true, server, seed: organisation.seed, devices: organisation.devices.length, ...tally, decisions: decisionsOf(tally) });
  say(`${heading(`${organisation.devices.length} simulated devices`)} at ${server}, each with the tag "simulated"`);
  tellTally(tally);
  say(`\nAll of them are removed with: stance simulate --remove --server ${server}`);
}

export async function simulate(options: SimulateOptions): Promise<number> {
  const { into, server } = options;
  // What a setting names may be the organisation's own: devices that are not real come there only where somebody says so.
  if ((into === undefined) === (server === undefined))
    throw new StanceError('usage', 'Where to? Either a new folder (--into), or a service that runs (--server).');
  if (options.remove === true) {
    if (server === undefined) throw new StanceError('usage', 'Remove them where? Name the service with --server; a folder is simply deleted.');
    const removed = await removeSimulated(options);
    if (options.json) sayJson({ server, removed });
    else say(`${removed} simulated devices are erased, with their evidence and the decisions on them.`);
    return 0;
  }
  const organisation = createOrganisation(whole(options.seed, '--seed', 0, 2 ** 31), whole(options.devices, '--devices', 1, MAX_DEVICES));
  if (into !== undefined) await intoFolder(into, organisation, options);
  else if (server !== undefined) await atService(server, organisation, options);
  return 0;
}
