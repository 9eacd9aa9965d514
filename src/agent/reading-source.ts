/** Reads all checks: quick ones now, slow ones from what was read at most a day ago, in the background. Remembers what was first seen when. */
import { readChecks } from '../checks/run.ts';
import type { Check, Host, Reading } from '../model/index.ts';
import { type AgentState, type History, openState } from './state.ts';

/** How old a slow reading may be before it is read again. */
const SLOW_LIFE_MS = 24 * 60 * 60 * 1000;

/**
 * `skip`: slow checks are left unread. `cache`: what is cached, and a refresh in the background where it is old.
 * `cache-or-wait`: waits where nothing is cached. `wait`: waits unless what is cached is fresh.
 */
export type SlowMode = 'skip' | 'cache' | 'cache-or-wait' | 'wait';

export interface ReadingSource {
  read(options: { readonly slow: SlowMode }): Promise<readonly Reading[]>;
  /** Reads these checks again, or all quick ones where none is named; what is not read again is as it was last. */
  reread(ids: ReadonlySet<string>): Promise<readonly Reading[]>;
  /** Waits for a refresh that is under way. */
  settle(): Promise<void>;
}

export interface ReadingSourceOptions {
  /** The machine; a function is asked before each reading, for recordings that change. */
  readonly host: Host | (() => Host);
  readonly checks: readonly Check[];
  /** Without one nothing is cached or remembered. */
  readonly stateDir?: string;
  /** What was read, with what others read that this process cannot. */
  readonly merge?: (own: readonly Reading[]) => Promise<readonly Reading[]>;
  /** Called when a refresh in the background has brought something. */
  readonly onRefreshed?: () => void;
}

/** Checks whose values list what is pending, each with a name and since when. */
const LISTS_PENDING = ['os.security_updates', 'firmware.updates'];

/** Pending things that a reading names, with when they were first seen, on every system; those gone are forgotten, and what is not known is kept. */
export function updateHistory(history: History, readings: readonly Reading[]): History {
  const next = { ...history };
  for (const reading of readings) {
    if (reading.status !== 'known') continue;
    if (LISTS_PENDING.includes(reading.check)) {
      const { pending } = reading.value as { pending: readonly { name: string; since: string }[] };
      next[reading.check] = Object.fromEntries(pending.map(({ name, since }) => [name, since]));
    }
    if (reading.check === 'os.reboot_pending') {
      const { required, since } = reading.value as { required: boolean; since?: string };
      next[reading.check] = required ? { required: since ?? history[reading.check]?.required ?? reading.readAt } : {};
    }
  }
  return next;
}

const notRead = (check: Check, host: Host): Reading => ({
  check: check.id,
  status: 'unknown',
  reason: 'not-read',
  detail: 'This takes long and has not been read yet.',
  readAt: new Date(host.now()).toISOString(),
  tookMs: 0,
});

export function createReadingSource({ host: machine, checks, stateDir, merge = async (own) => own, onRefreshed }: ReadingSourceOptions): ReadingSource {
  const state: AgentState | undefined = stateDir === undefined ? undefined : openState(stateDir);
  let history: History = state?.history.read() ?? {};
  // A recorded machine brings its own memory; what the agent remembers goes over it.
  const remembering = (host: Host): Host => ({ ...host, history: (check) => ({ ...host.history(check), ...history[check] }) });
  const fixed = typeof machine === 'function' ? undefined : remembering(machine);
  const look = (): Host => fixed ?? remembering((machine as () => Host)());
  const quick = checks.filter(({ cost }) => cost !== 'slow');
  const slow = checks.filter(({ cost }) => cost === 'slow');
  let cached = new Map((state?.slow.read() ?? []).map((reading) => [reading.check, reading]));
  let refreshing: Promise<void> | undefined;
  /** As last read, quick ones. */
  let last = new Map<string, Reading>();

  function remember(readings: readonly Reading[]): void {
    const next = updateHistory(history, readings);
    if (JSON.stringify(next) === JSON.stringify(history)) return;
    history = next;
    // Reading goes on where the folder cannot be written: what is lost is how long something has waited.
    persist(() => state?.history.write(history));
  }
  function persist(write: () => void): void {
    try {
      write();
    } catch {
      // The next report says it: it cannot write its chain either.
    }
  }
  /** One at a time, whoever asks. */
  function refreshSlow(host: Host): Promise<void> {
    refreshing ??= readChecks(slow, host)
      .then((readings) => {
        cached = new Map(readings.map((reading) => [reading.check, reading]));
        remember(readings);
        persist(() => state?.slow.write(readings));
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }
  const isFresh = (check: Check, host: Host): boolean => {
    const reading = cached.get(check.id);
    return reading !== undefined && host.now() - Date.parse(reading.readAt) < SLOW_LIFE_MS;
  };

  async function readSlow(mode: SlowMode, host: Host): Promise<Reading[]> {
    if (mode === 'skip' || slow.length === 0) return slow.map((check) => notRead(check, host));
    const fresh = slow.every((check) => isFresh(check, host));
    const waits = mode === 'wait' ? !fresh : mode === 'cache-or-wait' && !slow.every(({ id }) => cached.has(id));
    if (waits) await refreshSlow(host);
    else if (!fresh) void refreshSlow(host).then(onRefreshed);
    return slow.map((check) => cached.get(check.id) ?? notRead(check, host));
  }

  function inOrder(later: readonly Reading[]): Reading[] {
    const byCheck = new Map([...last.values(), ...later].map((reading) => [reading.check, reading]));
    return checks.map(({ id }) => byCheck.get(id)).filter((reading) => reading !== undefined);
  }

  return {
    async read({ slow: mode }) {
      const host = look();
      const [now, later] = await Promise.all([readChecks(quick, host), readSlow(mode, host)]);
      remember(now);
      last = new Map(now.map((reading) => [reading.check, reading]));
      return merge(inOrder(later));
    },
    async reread(ids) {
      const host = look();
      const touched = ids.size === 0 ? quick : quick.filter(({ id }) => ids.has(id) || !last.has(id));
      const now = await readChecks(touched, host);
      remember(now);
      for (const reading of now) last.set(reading.check, reading);
      return merge(inOrder(await readSlow('cache', host)));
    },
    settle: async () => refreshing,
  };
}
