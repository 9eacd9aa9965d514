/**
 * Files of the kernel, which no notification tells of (`/proc`, `/sys`): read again and again, at a pace that keeps the idle budget, and
 * compared. Of the tables of sockets only what listens counts: connections come and go all the time.
 */
import { readFileSync } from 'node:fs';
import type { Touched, Watching } from './source.ts';

/** Shortest time between two looks, ms: a listener that is opened is seen within it. */
const PACE_MS = 1_000;
const SLOWEST_MS = 60_000;
/** Share of a core that looking may take. */
const SHARE = 0.0004;

/** `/proc/net/tcp` and its like: rows of listening sockets (state 0A; for UDP 07), without what changes by itself. */
export function listeningRows(table: string): string {
  const rows: string[] = [];
  for (const line of table.split('\n')) {
    const [, local, , state] = line.trim().split(/\s+/, 4);
    if (local !== undefined && (state === '0A' || state === '07')) rows.push(local);
  }
  return rows.sort().join(' ');
}

function look(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    return file.startsWith('/proc/net/') ? listeningRows(text) : text;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

/** True for what is looked at here, and not by `watchFile`. */
export const isKernelFile = (file: string): boolean => file.startsWith('/proc/') || file.startsWith('/sys/');

/** One timer for all of them; each tells for itself. */
export function watchKernelFiles(files: ReadonlyMap<string, Touched>): Watching {
  const seen = new Map([...files.keys()].map((file) => [file, look(file)]));
  let timer: NodeJS.Timeout | undefined;
  function turn(): void {
    const before = process.threadCpuUsage();
    const changed: Touched[] = [];
    for (const [file, touched] of files) {
      const now = look(file);
      if (now === seen.get(file)) continue;
      seen.set(file, now);
      changed.push(touched);
    }
    // Processor time, not time on the wall: a busy machine must not make the agent look away.
    const { user, system } = process.threadCpuUsage(before);
    const tookMs = (user + system) / 1_000;
    timer = setTimeout(turn, Math.min(SLOWEST_MS, Math.max(PACE_MS, tookMs / SHARE)));
    timer.unref();
    for (const touched of changed) touched();
  }
  if (files.size > 0) {
    timer = setTimeout(turn, PACE_MS);
    timer.unref();
  }
  return { stop: () => clearTimeout(timer) };
}
