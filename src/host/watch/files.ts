/**
 * Files and folders by the system's own notification (inotify, FSEvents, ReadDirectoryChanges, through Node). What is watched is
 * the folder: files are replaced rather than written, and need not be there yet. After one event the watch is let go, and taken up
 * again when the re-read is done and some time has passed, so that a storm costs one event and not ten thousand a second; what
 * happened between is found by comparing what the path leads to.
 */
import { type FSWatcher, lstatSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { createPace } from './pace.ts';
import type { Touched, Watching } from './source.ts';

/** How long a watch rests after an event, ms, at the least: what belongs together has happened by then. */
const REST_MS = 300;
/** How long until a watch that cannot be taken up is tried again, ms. */
const AGAIN_MS = 4_000;

/** What a path leads to, as far as a change shows: kind, inode, size, times. Empty where there is nothing. */
function signatureOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs, mode } = statSync(file);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs} ${mode}`;
  } catch {
    return '';
  }
}

/** The deepest folder of a path that is there, and the name in it that leads on; the folder itself is watched as a whole. */
function placeOf(file: string): { folder: string; name: string | null } {
  let folder = path.dirname(file);
  let name: string = path.basename(file);
  for (;;) {
    try {
      if (lstatSync(folder).isDirectory() || statSync(folder).isDirectory()) break;
    } catch {
      // Not there yet: the one above tells when it comes.
    }
    const above = path.dirname(folder);
    if (above === folder) break;
    [name, folder] = [path.basename(folder), above];
  }
  try {
    // A folder is watched for what comes and goes in it.
    if (folder === path.dirname(file) && statSync(file).isDirectory()) return { folder: file, name: null };
  } catch {
    // Not there: its folder tells when it comes.
  }
  return { folder, name };
}

/** @throws what `fs.watch` throws: no more watches (ENOSPC), no right to the folder (EACCES) */
export function watchFile(file: string, touched: Touched): Watching {
  let watcher: FSWatcher | undefined;
  let resting: NodeJS.Timeout | undefined;
  let stopped = false;
  const pace = createPace();
  let signature = signatureOf(file);

  function letGo(): void {
    watcher?.close();
    watcher = undefined;
  }
  function happened(): void {
    if (stopped || watcher === undefined) return;
    letGo();
    resting = setTimeout(takeUp, Math.max(REST_MS, pace.next()));
    signature = signatureOf(file);
    touched();
  }
  /** Watches again, and looks whether something happened meanwhile. */
  function takeUp(): void {
    if (stopped) return;
    try {
      watchNow();
    } catch {
      resting = setTimeout(takeUp, AGAIN_MS);
      return;
    }
    if (signatureOf(file) !== signature) happened();
  }
  function watchNow(): void {
    const { folder, name } = placeOf(file);
    watcher = watch(folder, { persistent: false }, (_event, changed) => {
      if (name === null || changed === null || changed === name) happened();
    });
    watcher.on('error', () => happened());
  }
  watchNow();
  return {
    stop() {
      stopped = true;
      clearTimeout(resting);
      letGo();
    },
  };
}
