/**
 * Durability without standing still: evidence is committed into the write-ahead log of SQLite, and the disk is asked to keep it
 * while the next is verified. Whoever acknowledges waits for `flushed`. Everything else that is written waits for the disk as ever.
 *
 * `synchronous=NORMAL` differs from FULL in one thing: that a commit does not flush the log (sqlite.org/pragma.html#pragma_synchronous).
 * That flush is made here, on a thread of Node's pool. What is flushed is the file, by whatever descriptor.
 */
import { close, fdatasync, openSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

export interface Flush {
  /** Transactions begun within are durable only once `flushed` fulfils. Within another transaction they are part of that. */
  lately<T>(write: () => T): T;
  /** Fulfils when everything that was written before the call is durable. Rejects with what the disk says; asking again tries again. */
  flushed(): Promise<void>;
  /** Makes durable what could not be flushed before. Throws when it cannot be. */
  repair(): void;
  close(): void;
}

const flushFile = promisify(fdatasync);

export function flushOf(database: DatabaseSync, location: string): Flush {
  const log = location === ':memory:' ? undefined : `${path.resolve(location)}-wal`;
  let descriptor: number | undefined;
  let failed: unknown;

  /** After a flush that failed the kernel may take its pages for clean, so another one proves nothing; what is in the log is written into the database instead, and that is flushed. */
  function repair(): void {
    if (failed === undefined) return;
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { readonly busy: number };
    if (busy !== 0) throw failed;
    failed = undefined;
  }

  return {
    lately(write) {
      if (log === undefined || database.isTransaction) return write();
      database.exec('PRAGMA synchronous = NORMAL');
      try {
        return write();
      } finally {
        database.exec('PRAGMA synchronous = FULL');
      }
    },
    async flushed() {
      if (log === undefined) return;
      if (failed === undefined) {
        try {
          // It is there from the first write on, for as long as the database is open.
          descriptor ??= openSync(log, 'r+');
          return await flushFile(descriptor);
        } catch (error) {
          failed = error;
        }
      }
      repair();
    },
    repair,
    close() {
      if (descriptor !== undefined) close(descriptor);
      descriptor = undefined;
    },
  };
}
