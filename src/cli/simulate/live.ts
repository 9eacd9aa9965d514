/** Simulated devices at a service that runs, now: no history, because what a service records has the time of its own clock. And their removal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { StanceError } from '../../model/index.ts';
import { call, type RemoteOptions } from '../remote.ts';
import { chanceOf } from './chance.ts';
import { question } from './days.ts';
import { APPS_TOKEN, createFleet, type Tally } from './fleet.ts';
import { healthOf } from './health.ts';
import { type Organisation, TAG } from './organisation.ts';

const MONTH_MS = 30 * 86_400_000;
/** Of the devices, on which somebody opens something after a report. */
const ASKING = 0.3;

export interface LiveOptions {
  readonly organisation: Organisation;
  readonly server: string;
  readonly token: string;
  /** Fulfils when it is to end; without it everybody reports and asks once. */
  readonly stopped?: Promise<void>;
  readonly onRound?: (tally: Tally, waitMs: number) => void;
}

/** A service takes only so many from one address at a time, and says how long to wait. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StanceError && error.code === 'rate-limited')) throw error;
      await sleep(1_000 * Number(error.extra.retryAfter ?? 1));
    }
  }
}

/** @throws StanceError of the service */
export async function simulateLive({ organisation, server, token, stopped, onRound }: LiveOptions): Promise<Tally> {
  const startedAt = Date.now();
  const health = organisation.devices.map((device) => healthOf(organisation, device, startedAt, startedAt + MONTH_MS));
  const fleet = await createFleet({ server, token, fetch, now: Date.now, health });
  let ended = false;
  void stopped?.then(() => {
    ended = true;
  });
  for (const device of organisation.devices) if (!ended) await patiently(() => fleet.join(device));
  for (let round = 0; !ended; round++) {
    const begunAt = Date.now();
    let intervalMs = 0;
    for (const device of organisation.devices) {
      if (ended) break;
      intervalMs = await patiently(() => fleet.report(device));
      const chance = chanceOf(organisation.seed, 'now', round, device.number);
      if (round === 0 || chance.yes(ASKING)) await patiently(() => fleet.ask(question(chance, device.owner, device.number, begunAt)));
    }
    const waitMs = Math.max(0, begunAt + intervalMs - Date.now());
    onRound?.(fleet.tally, waitMs);
    if (stopped === undefined) break;
    const waiting = new AbortController();
    await Promise.race([stopped, sleep(waitMs, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  }
  return fleet.tally;
}

/** Erases every device that bears the tag, with its evidence and the decisions on it; how many there were. @throws StanceError of the service */
export async function removeSimulated(options: RemoteOptions): Promise<number> {
  const found: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = (await call(options, 'GET', `/v1/devices?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)) as {
      readonly devices: readonly { readonly id: string; readonly tags: readonly string[] }[];
      readonly next: string | null;
    };
    found.push(...page.devices.filter(({ tags }) => tags.includes(TAG)).map(({ id }) => id));
    cursor = page.next;
  }
  for (const id of found) await patiently(() => call(options, 'DELETE', `/v1/devices/${encodeURIComponent(id)}`));
  await call(options, 'DELETE', `/v1/tokens/${encodeURIComponent(APPS_TOKEN)}`).catch((error) => {
    if (!(error instanceof StanceError && error.code === 'not-found')) throw error;
  });
  return found.length;
}
