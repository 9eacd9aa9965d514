/**
 * Files of the kernel, which no notification tells of (`/proc`, `/sys`): read again and again, at a pace that keeps the idle budget, and
 * compared. Of the tables of sockets only what listens counts: connections come and go all the time. They cost milliseconds each, so
 * the kernel is asked over netlink instead; where it cannot be, they are looked at when the count of sockets in use has changed, which
 * costs nothing to read, and once a minute in any case.
 */
import { readFileSync } from 'node:fs';
import { type ListenerTable, openListenerTable } from './listeners.ts';
import type { Touched, Watching } from './source.ts';

/**
 * Between two turns, ms: what changes is seen within it, and in the decision half a second later. Nearly all that a turn costs is waking
 * up. Sockets come and go; mounts, swaps and kernel settings seldom do.
 */
const PACE_MS = 1_400;
const OTHERS_PACE_MS = 3 * PACE_MS;
/** Each file is looked at this often at the least, ms. */
const SLOWEST_MS = 60_000;
/** Share of a core that looking at one file may take in the long run, and what it may take at once after it was quiet, ms of processor time. */
const SHARE = 0.0003;
const CREDIT_MS = 150;

/** Where the kernel counts the sockets in use of a table (proc_net_sockstat in its documentation of `/proc/net`). */
const COUNTS: Readonly<Record<string, readonly [file: string, line: RegExp]>> = {
  '/proc/net/tcp': ['/proc/net/sockstat', /^TCP: inuse \d+/m],
  '/proc/net/tcp6': ['/proc/net/sockstat6', /^TCP6: inuse \d+/m],
  '/proc/net/udp': ['/proc/net/sockstat', /^UDP: inuse \d+/m],
  '/proc/net/udp6': ['/proc/net/sockstat6', /^UDP6: inuse \d+/m],
};

/** `/proc/net/tcp` and its like: rows of listening sockets (state 0A; for UDP 07), without what changes by itself. */
export function listeningRows(table: string): string {
  const rows: string[] = [];
  for (const line of table.split('\n')) {
    const [, local, , state] = line.trim().split(/\s+/, 4);
    if (local !== undefined && (state === '0A' || state === '07')) rows.push(local);
  }
  return rows.sort().join(' ');
}

function readOrCode(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

/** True for what is looked at here, and not by `watchFile`. */
export const isKernelFile = (file: string): boolean => file.startsWith('/proc/') || file.startsWith('/sys/');

/** A file that is looked at, and what looking at it has cost. */
class Looked {
  private readonly file: string;
  private readonly touched: Touched;
  private readonly table: () => ListenerTable | undefined;
  private seen: string;
  private count: string | undefined;
  private lookedAt = performance.now();
  private creditMs = CREDIT_MS;
  private creditedAt = performance.now();

  constructor(file: string, touched: Touched, table: () => ListenerTable | undefined) {
    this.table = table;
    this.file = file;
    this.touched = touched;
    this.count = this.countNow();
    this.seen = this.contents();
  }
  private contents(): string {
    const listening = this.table()?.snapshot(this.file);
    if (listening !== undefined) return listening;
    const text = readOrCode(this.file);
    return this.file.startsWith('/proc/net/') ? listeningRows(text) : text;
  }
  private countNow(): string | undefined {
    if (this.table() !== undefined) return undefined;
    const [file, line] = COUNTS[this.file] ?? [];
    return file === undefined || line === undefined ? undefined : (line.exec(readOrCode(file))?.[0] ?? 'uncounted');
  }
  /** The source has changed: what it says from here on is compared with what it says now. */
  begin(): void {
    this.seen = this.contents();
    this.count = this.countNow();
  }
  /** The contents, where the budget allows; asking the kernel for what listens costs less than keeping accounts of it. */
  private afford(at: number, waited: number): string | undefined {
    if (this.table() !== undefined && Object.hasOwn(COUNTS, this.file)) return this.contents();
    this.creditMs = Math.min(CREDIT_MS, this.creditMs + (at - this.creditedAt) * SHARE);
    this.creditedAt = at;
    if (this.creditMs <= 0 && waited < SLOWEST_MS) return undefined;
    // Processor time, not time on the wall: a busy machine must not make the agent look away.
    const before = process.threadCpuUsage();
    const now = this.contents();
    const { user, system } = process.threadCpuUsage(before);
    this.creditMs -= (user + system) / 1_000;
    return now;
  }
  /** Looks, where there is reason to, and the budget allows it; otherwise it is due the next time. */
  look(): void {
    const at = performance.now();
    const count = this.countNow();
    const waited = at - this.lookedAt;
    if (!Object.hasOwn(COUNTS, this.file) && waited < OTHERS_PACE_MS - PACE_MS / 2) return;
    if (count !== undefined && count === this.count && waited < SLOWEST_MS) return;
    const now = this.afford(at, waited);
    if (now === undefined) return;
    [this.count, this.lookedAt] = [count, at];
    if (now === this.seen) return;
    this.seen = now;
    this.touched();
  }
}

/** One timer for all of them; each tells for itself. */
export function watchKernelFiles(files: ReadonlyMap<string, Touched>): Watching {
  if (files.size === 0) return { stop() {} };
  let table: ListenerTable | undefined;
  let stopped = false;
  const all = [...files].map(([file, touched]) => new Looked(file, touched, () => table));
  if ([...files.keys()].some((file) => Object.hasOwn(COUNTS, file))) {
    openListenerTable().then(
      (opened) => {
        if (stopped) return opened.close();
        table = opened;
        for (const looked of all) looked.begin();
      },
      // The tables themselves are read then.
      () => undefined,
    );
  }
  const timer = setInterval(() => {
    for (const looked of all) looked.look();
  }, PACE_MS);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      table?.close();
    },
  };
}
