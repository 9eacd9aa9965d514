/** The embedded store: SQLite, write-ahead log, durable at every commit (`synchronous=FULL`); that of evidence a moment later (`sqlite-flush.ts`). */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { MAX_EVIDENCE_BYTES, StanceError } from '../../model/index.ts';
import { migrate } from './migrations.ts';
import { sqlOf } from './sql.ts';
import { archiveOf } from './sqlite-archive.ts';
import { decisionsOf } from './sqlite-decisions.ts';
import { devicesOf } from './sqlite-devices.ts';
import { flushOf } from './sqlite-flush.ts';
import { policiesOf } from './sqlite-policies.ts';
import { tokensOf } from './sqlite-tokens.ts';
import type { Store } from './store.ts';

function openDatabase(location: string): DatabaseSync {
  if (location !== ':memory:') mkdirSync(path.dirname(path.resolve(location)), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(location);
  try {
    // SQLite gives its journals the mode of the database.
    if (location !== ':memory:' && process.platform !== 'win32') chmodSync(location, 0o600);
    // Where the database is new: pages that hold an evidence whole, and so a log of 64 MiB, out of which what changes all the time is seldom copied.
    // `fullfsync` is of macOS, where fsync(2) alone does not reach the disk.
    database.exec(
      'PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 250; PRAGMA locking_mode = NORMAL;',
    );
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @throws StanceError `store-unavailable` when the file cannot be opened. */
export function openSqlite(location: string): Store {
  let database: DatabaseSync;
  try {
    database = openDatabase(location);
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError(
      'store-unavailable',
      `The database ${location} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}. Is the folder writable, and the file a database of Stance?`,
      { cause },
    );
  }
  const flush = flushOf(database);
  const sql = sqlOf(database, flush.beforeStatement);
  return {
    atOnce: sql.transaction,
    // A disk that is full reads well: only a write tells. And one that took no evidence may still take a few bytes, so after
    // a failure the write is as large as the largest evidence.
    ping() {
      flush.repair();
      sql.transaction(() => {
        sql('CREATE TABLE IF NOT EXISTS probes (body BLOB NOT NULL) STRICT').run();
        sql('DELETE FROM probes').run();
        sql('INSERT INTO probes (body) VALUES (zeroblob(?))').run(sql.failing() ? MAX_EVIDENCE_BYTES : 1);
      });
      sql.recover();
    },
    ...devicesOf(sql, flush),
    ...archiveOf(sql),
    ...tokensOf(sql),
    ...decisionsOf(sql, flush),
    ...policiesOf(sql),
    backup: async (file) => {
      await backup(database, file);
    },
    close() {
      // Windows deletes no file that is open.
      flush.close();
      database.close();
    },
  };
}
