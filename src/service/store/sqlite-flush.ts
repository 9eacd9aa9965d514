/**
 * Durability without standing still: evidence is committed into the write-ahead log of SQLite, and the disk is asked to keep it
 * while the next is verified. Whoever acknowledges waits for `flushed`. Everything else that is written waits for the disk as ever.
 *
 * `synchronous=NORMAL` differs from FULL in one thing: that a commit does not flush the log (sqlite.org/pragma.html#pragma_synchronous).
 * That flush is made here, on a thread of Node's pool. What is flushed is the file, by whatever descriptor.
 */
import { closeSync, fdatasync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

export interface Flush {
  /** Transactions begun within are durable only once `flushed` fulfils. Within another transaction they are part of that. */
  lately<T>(write: () => T): T;
  /** Fulfils when everything that was written before the call is durable. Rejects with what the disk says; asking again tries again. */
  flushed(): Promise<void>;
  /** Makes durable what could not be flushed before. Throws when it cannot be. */
  repair(): void;
  /** To be called before each statement: that only what is begun within `lately` waits for `flushed`. Throws when it cannot be said. */
  beforeStatement(): void;
  close(): void;
}

/** `flushFile`: asks the disk to keep what was written to a descriptor; another one for tests of a disk that fails. */
export function flushOf(database: DatabaseSync, flushFile: (descriptor: number) => Promise<void> = promisify(fdatasync)): Flush {
  // Where SQLite has it, which follows links: the log stands beside the file itself.
  const file = database.location();
  const log = file === null ? undefined : `${file}-wal`;
  let descriptor: number | undefined;
  let failed: unknown;
  let [lowered, within] = [false, false];
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  /** After a flush that failed the kernel may take its pages for clean, so another one proves nothing; what is in the log is written into the database instead, and that is flushed. */
  function repair(): void {
    if (failed === undefined) return;
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { readonly busy: number };
    if (busy !== 0) throw failed;
    failed = undefined;
  }

  async function flush(path: string): Promise<void> {
    try {
      // It is there from the first write on, for as long as the database is open.
      descriptor ??= openSync(path, 'r+');
      await flushFile(descriptor);
    } catch (error) {
      failed = error;
    }
    repair();
  }

  /** One at a time: the kernel tells of a failure once, and whoever asks beside the one that is told would hear that all is well. */
  function flushed(): Promise<void> {
    if (log === undefined) return Promise.resolve();
    if (running === undefined) {
      running = flush(log).finally(() => {
        running = undefined;
      });
      return running;
    }
    // The one under way may have begun before what this caller means was written: all who ask meanwhile share the next.
    const again = (): Promise<void> => {
      next = undefined;
      return flushed();
    };
    next ??= running.then(again, again);
    return next;
  }

  function beforeStatement(): void {
    if (!lowered || within) return;
    database.exec('PRAGMA synchronous = FULL');
    lowered = false;
  }

  return {
    flushed,
    repair,
    beforeStatement,
    lately(write) {
      if (log === undefined || database.isTransaction) return write();
      database.exec('PRAGMA synchronous = NORMAL');
      [lowered, within] = [true, true];
      try {
        return write();
      } finally {
        within = false;
        try {
          beforeStatement();
        } catch {
          // What went wrong within counts; the next statement tries this again, and is not run without it.
        }
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}
