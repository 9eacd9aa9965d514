/** What the organisation has put on this machine, as it lies there; and word when it changes. */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { DoorError, MANAGED_PLACES, type ManagedSource } from '../model/index.ts';
import { readManagedFolder, readTrusted } from './managed-files.ts';
import { readManagedRegistry } from './managed-registry.ts';
import { parsePlist } from './plist.ts';
import { runProgram } from './process.ts';

/** Changes come in bursts: a file is made, written, renamed. */
const SETTLE_MS = 300;

/** Members that Apple's tools may leave in a payload beside those of its domain. */
const APPLES_OWN = /^Payload[A-Z]/;

/** Managed preferences of macOS. None where there is no file. **Not yet run on a real machine.** */
export async function readManagedPreferences(file: string, top?: string): Promise<readonly ManagedSource[]> {
  const found = await readTrusted(file, top);
  if (found === undefined) return [];
  if (!(found instanceof Uint8Array)) return [{ name: file, ...found }];
  try {
    const value = parsePlist(found, `plist ${file}`);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return [{ name: file, members: Object.fromEntries(Object.entries(value).filter(([member]) => !APPLES_OWN.test(member))) }];
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
  }
  return [{ name: file, kind: 'broken', says: 'it is not a property list with names and values.' }];
}

/** Everything in the places of this system. Nothing is thrown: what does not count says why. */
export async function readManagedSources(): Promise<readonly ManagedSource[]> {
  switch (process.platform) {
    case 'linux':
      return readManagedFolder(MANAGED_PLACES.linux);
    case 'darwin':
      return readManagedPreferences(MANAGED_PLACES.darwin);
    case 'win32':
      return readManagedRegistry(runProgram);
    default:
      return [];
  }
}

const nearest = (folder: string): string => {
  let there = folder;
  while (!existsSync(there)) there = path.dirname(there);
  return there;
};

/**
 * Calls `onChange` soon after something in a folder changed, or the folder itself came or went; the answer ends that. It keeps no process
 * alive. Where it cannot watch, nothing is called: whoever asks reads again at intervals as well.
 */
export function watchFolder(folder: string, onChange: () => void): () => void {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  function arm(): void {
    for (let watched = ''; watched !== nearest(folder) && !ended; ) {
      watcher?.close();
      watched = nearest(folder);
      try {
        watcher = watch(watched, { persistent: false }, soon);
        // A folder that is removed ends its watch with an error on some systems.
        watcher.on('error', soon);
      } catch {
        return;
      }
    }
  }
  function soon(): void {
    if (ended) return;
    // Not put off by what comes meanwhile: a storm is one call every so often, and not none.
    timer ??= setTimeout(() => {
      timer = undefined;
      arm();
      onChange();
    }, SETTLE_MS).unref();
  }
  arm();
  return () => {
    ended = true;
    clearTimeout(timer);
    watcher?.close();
  };
}

/** `watchFolder` for the place of this system; Windows has none that could be watched without a native module. */
export function watchManaged(onChange: () => void): () => void {
  if (process.platform === 'linux') return watchFolder(MANAGED_PLACES.linux, onChange);
  if (process.platform === 'darwin') return watchFolder(path.dirname(MANAGED_PLACES.darwin), onChange);
  return () => undefined;
}
