/**
 * Files of the kernel, which no notification tells of (`/proc`, `/sys`): read again and again, at a pace that keeps the idle budget, and
 * compared. Of the tables of sockets only what listens counts: connections come and go all the time. They cost milliseconds each, so
 * the kernel is asked over netlink instead, when a count of sockets has changed, and every ten seconds in any case: one that came may hide
 * another that went. Where the kernel does not answer, they are looked at when their own count has changed, and once a minute in any case.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type ListenerTable, openListenerTable } from './listeners.ts';
import { openSocketCounts, type SocketCounts } from './socket-counts.ts';
import type { Touched, Watching } from './source.ts';

/**
 * Between two turns, ms: what changes is seen within it, and in the decision half a second later. Nearly all that a turn costs is waking
 * up: seen on Node 24, 0.6 ms with nothing to do.
 */
const PACE_MS = 1_600;
/** Sockets come and go; mounts, swaps and kernel settings seldom do: they are looked at in every sixth turn. */
const OTHERS_TURNS = 6;
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
  // Asked first, because most files that are not there stay away, and an error takes milliseconds to make (seen: 5).
  if (!existsSync(file)) return 'ENOENT';
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
  /** What the kernel says of it over netlink; for a few tables only, and far cheaper than keeping accounts of it. */
  private listening(): string | undefined {
    return this.table()?.snapshot(this.file);
  }
  private contents(): string {
    const text = readOrCode(this.file);
    return this.file.startsWith('/proc/net/') ? listeningRows(text) : text;
  }
  private countNow(): string | undefined {
    const [file, line] = COUNTS[this.file] ?? [];
    return file === undefined || line === undefined ? undefined : (line.exec(readOrCode(file))?.[0] ?? 'uncounted');
  }
  private compare(now: string): void {
    if (now === this.seen) return;
    this.seen = now;
    this.touched();
  }
  /** The source has changed: what it says from here on is compared with what it says now. */
  begin(): void {
    this.seen = this.listening() ?? this.contents();
  }
  /** Looks, where there is reason to, and the budget allows it; otherwise it is due the next time. */
  look(): void {
    const listening = this.listening();
    if (listening === undefined) this.lookInFile();
    else this.compare(listening);
  }
  private lookInFile(): void {
    const at = performance.now();
    const waited = at - this.lookedAt;
    const count = this.countNow();
    if (count !== undefined && count === this.count && waited < SLOWEST_MS) return;
    this.creditMs = Math.min(CREDIT_MS, this.creditMs + (at - this.creditedAt) * SHARE);
    this.creditedAt = at;
    if (this.creditMs <= 0 && waited < SLOWEST_MS) return;
    // Processor time, not time on the wall: a busy machine must not make the agent look away.
    const before = process.threadCpuUsage();
    const now = this.contents();
    const { user, system } = process.threadCpuUsage(before);
    this.creditMs -= (user + system) / 1_000;
    [this.count, this.lookedAt] = [count, at];
    this.compare(now);
  }
}

/** One timer for all of them; each tells for itself. */
export function watchKernelFiles(files: ReadonlyMap<string, Touched>): Watching {
  if (files.size === 0) return { stop() {} };
  let table: ListenerTable | undefined;
  let stopped = false;
  const all = [...files].map(([file, touched]) => ({ file, looked: new Looked(file, touched, () => table) }));
  const sockets = all.filter(({ file }) => Object.hasOwn(COUNTS, file)).map(({ looked }) => looked);
  const others = all.filter(({ file }) => !Object.hasOwn(COUNTS, file)).map(({ looked }) => looked);
  let counts: SocketCounts | undefined;
  if (sockets.length > 0) {
    counts = openSocketCounts();
    openListenerTable().then(
      (opened) => {
        if (stopped) return opened.close();
        table = opened;
        for (const looked of sockets) looked.begin();
      },
      // The tables themselves are read then.
      () => undefined,
    );
  }
  let turn = 0;
  const timer = setInterval(() => {
    turn = (turn + 1) % OTHERS_TURNS;
    if (counts?.moved() || turn === 0) for (const looked of sockets) looked.look();
    if (turn === 0) for (const looked of others) looked.look();
  }, PACE_MS);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      table?.close();
      counts?.close();
    },
  };
}
