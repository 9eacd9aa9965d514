/** What a service does by itself, a little at a time: keys that change, evidence that is archived, folded, forgotten. */
import { type Context, instant } from './context.ts';
import { foldDay } from './folding.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const EVERY_MS = 10 * 60 * 1000;
/** Heartbeats are kept whole for this long. */
const FOLD_AFTER_DAYS = 7;
/** Devices or days in one piece of work: a piece must not hold up reports for long. */
const PIECE = 20;

const dayOf = (ms: number): string => instant(ms).slice(0, 10);
/** Lets what waits be answered between two pieces. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Maintenance {
  /** Does all that is due now. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export function createMaintenance(context: Context, retentionDays: number): Maintenance {
  const { store, keys, decisions, audience, now, log } = context;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    if (keys.rotate()) log.info('keys changed');
    const at = now();
    // What decisions stand on is written down with them before it goes into the archive.
    decisions.settle();
    while (!stopped && store.archiveBefore(dayOf(at), PIECE) === PIECE) await breathe();
    for (;;) {
      const days = stopped ? [] : store.unfolded(dayOf(at - FOLD_AFTER_DAYS * DAY_MS), PIECE);
      for (const day of days) {
        store.putFolded(day, await foldDay(day, audience, at, keys.signing('audit').signer));
        await breathe();
      }
      if (days.length < PIECE) break;
    }
    if (!stopped) store.forgetBefore(dayOf(at - retentionDays * DAY_MS));
  }
  function run(): Promise<void> {
    running = running.then(work).catch((error) => log.error({ err: error }, 'maintenance failed; it is tried again'));
    return running;
  }
  const timer = setInterval(() => void run(), EVERY_MS);
  timer.unref();
  return {
    run,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
