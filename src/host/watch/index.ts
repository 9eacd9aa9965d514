/**
 * Changes: what the checks say that they depend on, watched, and told as the checks to read again. Debounced: what comes together
 * is one re-read, and a storm one every few seconds. What cannot be watched is re-read at the report interval.
 */
import type { Check, Platform, Watch } from '../../model/index.ts';
import { watchBus } from './bus.ts';
import { watchFile } from './files.ts';
import { isKernelFile, watchKernelFiles } from './kernel-files.ts';
import { watchNetwork } from './network.ts';
import { createPace } from './pace.ts';
import { watchPacketFilter } from './packet-filter.ts';
import { watchRegistry } from './registry.ts';
import type { Touched, Unwatched, Watching } from './source.ts';
import { watchWake } from './wake.ts';

/** Pause between the first event and the re-read, ms, at the least: what belongs together comes within it. */
const PAUSE_MS = 150;

export interface Watcher {
  /** What is not watched, and why. */
  unwatched(): readonly Unwatched[];
  stop(): void;
}

export interface WatcherOptions {
  readonly platform: Platform;
  readonly checks: readonly Check[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The checks that what happened may have touched; empty: all of them. */
  readonly onChange: (checks: ReadonlySet<string>) => void;
  /** Address of the system bus, for tests. */
  readonly bus?: string;
}

/** Collects touched checks, and hands them on: soon, and in a storm every few seconds. */
export function createCollector(onChange: (checks: ReadonlySet<string>) => void): { touch(checks: readonly string[] | 'all'): void; stop(): void } {
  let waiting: Set<string> | undefined;
  let all = false;
  let timer: NodeJS.Timeout | undefined;
  const pace = createPace();
  return {
    touch(checks) {
      waiting ??= new Set();
      if (checks === 'all') all = true;
      else for (const check of checks) waiting.add(check);
      if (timer !== undefined) return;
      timer = setTimeout(
        () => {
          const touched = all ? new Set<string>() : (waiting ?? new Set<string>());
          [waiting, all, timer] = [undefined, false, undefined];
          onChange(touched);
        },
        Math.max(PAUSE_MS, pace.next()),
      );
      timer.unref();
    },
    stop: () => clearTimeout(timer),
  };
}

const keyOf = (watch: Watch): string => JSON.stringify(watch);

/** Each thing that is watched, once, with the checks that depend on it. */
export function dependentsOf(checks: readonly Check[], platform: Platform): ReadonlyMap<string, { readonly watch: Watch; readonly checks: readonly string[] }> {
  const found = new Map<string, { watch: Watch; checks: string[] }>();
  for (const check of checks) {
    // A slow check is re-read once a day, whatever happens: it would take longer than the change is worth.
    if (check.cost === 'slow') continue;
    for (const watch of check.watch?.[platform] ?? []) {
      const known = found.get(keyOf(watch)) ?? { watch, checks: [] };
      known.checks.push(check.id);
      found.set(keyOf(watch), known);
    }
  }
  return found;
}

/** The settings of GNOME and its relatives are one file of the person's, replaced at every change (dconf). */
const dconfFile = (env: WatcherOptions['env']): string | undefined => {
  const folder = env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? undefined : `${env.HOME}/.config`);
  return folder === undefined ? undefined : `${folder}/dconf/user`;
};

export function createWatcher({ platform, checks, env, onChange, bus }: WatcherOptions): Watcher {
  const unwatched = new Map<string, string>();
  const leaveOut = ({ what, why }: Unwatched): void => void unwatched.set(what, why);
  const watching: Watching[] = [];
  const collector = createCollector(onChange);
  const files = new Map<string, Set<string>>();
  const units = new Map<string, Touched>();
  const keys = new Map<string, Touched>();
  const events: Record<'network' | 'wake' | 'unlock' | 'packet-filter', string[]> = { network: [], wake: [], unlock: [], 'packet-filter': [] };

  for (const { watch, checks: dependents } of dependentsOf(checks, platform).values()) {
    const touched = (): void => collector.touch(dependents);
    switch (watch.kind) {
      case 'file':
      case 'gsettings': {
        const file = watch.kind === 'gsettings' ? dconfFile(env) : watch.path.replace(/^~(?=\/)/, env.HOME ?? '~');
        if (file === undefined || file.startsWith('~')) leaveOut({ what: watch.kind, why: 'there is no home folder' });
        else files.set(file, new Set([...(files.get(file) ?? []), ...dependents]));
        break;
      }
      case 'unit':
        units.set(watch.name, touched);
        break;
      case 'registry':
        keys.set(watch.key, touched);
        break;
      case 'event':
        events[watch.name].push(...dependents);
    }
  }
  const kernelFiles = new Map<string, Touched>();
  for (const [file, dependents] of files) {
    const touched = (): void => collector.touch([...dependents]);
    if (isKernelFile(file)) kernelFiles.set(file, touched);
    else {
      try {
        watching.push(watchFile(file, touched));
      } catch (error) {
        leaveOut({ what: file, why: (error as NodeJS.ErrnoException).code ?? String(error) });
      }
    }
  }
  watching.push(watchKernelFiles(kernelFiles));
  const all = (): void => collector.touch('all');
  const network = (): void => collector.touch(events.network);
  const unlock = (): void => collector.touch(events.unlock);
  watching.push(watchWake(all));
  if (events.network.length > 0) watching.push(watchNetwork(network));
  if (platform === 'linux') {
    watching.push(
      watchBus({ units, wake: all, unlock, network }, (why) => (why === null ? unwatched.delete('system bus') : leaveOut({ what: 'system bus', why })), bus),
    );
    const filter = events['packet-filter'].length === 0 ? undefined : watchPacketFilter(() => collector.touch(events['packet-filter']));
    if (filter !== undefined) watching.push(filter);
    else if (events['packet-filter'].length > 0) leaveOut({ what: 'packet filter', why: 'only root may listen to it, with nftables installed' });
  }
  if (platform === 'win32' && keys.size > 0) {
    void watchRegistry(keys, leaveOut).then(
      (registry) => watching.push(registry),
      (error: unknown) => leaveOut({ what: 'registry', why: error instanceof Error ? error.message : String(error) }),
    );
  }
  return {
    unwatched: () => [...unwatched].map(([what, why]) => ({ what, why })),
    stop() {
      collector.stop();
      for (const source of watching) source.stop();
    },
  };
}
