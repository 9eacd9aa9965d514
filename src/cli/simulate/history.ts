/**
 * Days that have been, in a folder: a service of its own with a clock that is moved from one happening to the next, so that what it
 * records has the times at which it would have happened. Nothing of it is written by hand: devices join, sign and report over the
 * service's own routes.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StanceError } from '../../model/index.ts';
import { type RunningService, startService } from '../../service/index.ts';
import { VERSION } from '../version.ts';
import { type Happening, happeningsOf } from './days.ts';
import { createFleet, type Fleet, type Tally } from './fleet.ts';
import type { Organisation } from './organisation.ts';
import { policiesOf } from './policy-folder.ts';

const DAY_MS = 86_400_000;
/** Everybody comes from one address, and hours pass in a moment. */
const UNLIMITED = { burst: 1e12, perSecond: 1e12 };

export interface HistoryOptions {
  readonly folder: string;
  readonly organisation: Organisation;
  readonly days: number;
  /** When the history ends, ms since the epoch. */
  readonly until: number;
  readonly onDay?: (day: number) => void;
}

/** The service's routes as `fetch`, without a socket. */
const routesOf =
  ({ app }: RunningService): typeof fetch =>
  async (input, init = {}) => {
    const { pathname, search } = new URL(String(input));
    const { statusCode, headers, body } = await app.inject({
      method: (init.method ?? 'GET') as 'GET' | 'POST',
      url: pathname + search,
      headers: (init.headers ?? {}) as Record<string, string>,
      ...(init.body === undefined || init.body === null ? {} : { payload: String(init.body) }),
    });
    return new Response(body, { status: statusCode, headers: { 'content-type': String(headers['content-type'] ?? '') } });
  };

function prepare(folder: string, organisation: Organisation): { readonly policies: ReturnType<typeof policiesOf>; readonly store: string } {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new StanceError('usage', `${folder} is not empty. Name a new folder: a simulation is never mixed with what is there.`);
  const policies = policiesOf(organisation);
  mkdirSync(path.join(folder, 'policies'), { recursive: true, mode: 0o700 });
  for (const { name, text } of policies) writeFileSync(path.join(folder, 'policies', name), text);
  return { policies, store: `sqlite:${path.join(folder, 'service.db')}` };
}

/** Happenings of one moment together. */
function* moments(happenings: readonly Happening[]): Generator<readonly [Happening, ...Happening[]]> {
  let together: Happening[] = [];
  for (const one of happenings) {
    if (together[0] !== undefined && together[0].at !== one.at) {
      yield together as [Happening, ...Happening[]];
      together = [];
    }
    together.push(one);
  }
  if (together.length > 0) yield together as [Happening, ...Happening[]];
}

async function happen(fleet: Fleet, happenings: readonly Happening[]): Promise<void> {
  await Promise.all(happenings.map(({ happens }) => ('reports' in happens ? fleet.report(happens.reports) : fleet.ask(happens.asks))));
}

/** @throws StanceError `usage` where the folder is not empty; as `startService` */
export async function simulateHistory({ folder, organisation, days, until, onDay }: HistoryOptions): Promise<Tally> {
  const { policies, store } = prepare(folder, organisation);
  const from = Math.floor(until / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
  let clock = from;
  const service = await startService({
    ...{ listen: '127.0.0.1:0', store, state: folder, policies, version: VERSION, now: () => clock },
    limits: { address: UNLIMITED, device: UNLIMITED, token: UNLIMITED },
  });
  try {
    const token = readFileSync(service.firstAdministrator as string, 'utf8').trim();
    const fleet = await createFleet({ organisation, server: service.url, token, fetch: routesOf(service), now: () => clock, from, until });
    for (const device of organisation.devices) await fleet.join(device);
    let day = 0;
    for (const together of moments(happeningsOf(organisation, from, until))) {
      const [{ at }] = together;
      clock = at;
      if (at >= from + day * DAY_MS) {
        // What a service does by itself as time goes by: it archives, and folds heartbeats.
        await service.maintain();
        onDay?.(day++);
      }
      await happen(fleet, together);
    }
    clock = until;
    await service.maintain();
    return fleet.tally;
  } finally {
    await service.close();
  }
}
