/** What the parts of the SQLite store share: prepared statements, transactions, and pieces of SQL. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Row = Record<string, string | number | null | Uint8Array>;

/** What the parts of the store share. */
export interface Sql {
  /** A prepared statement; prepared once. */
  (text: string): StatementSync;
  /** Statements in one transaction; an exception undoes them all. Within another it is part of that. */
  transaction<T>(work: () => T): T;
  /** A transaction has failed for want of the disk since it was last found well. */
  failing(): boolean;
  /** It is found well. */
  recover(): void;
}

/** Result codes (sqlite.org/rescode.html) that speak of the disk or of somebody who holds the database, not of what was asked: BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB. */
const UNAVAILABLE = new Set([5, 6, 8, 10, 11, 13, 14, 15, 26]);

/** Whether an error says that the database cannot be used now. */
export const isUnavailable = (error: unknown): boolean => {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' && UNAVAILABLE.has(errcode & 0xff);
};

/** Evidence of a device that is not archived, from each to the one before it. The device is the first parameter. */
export const OWN = `WITH RECURSIVE own (number, previous, hash) AS (
    SELECT e.number, e.previous, e.hash FROM heads h JOIN evidence e ON e.number = h.newest WHERE h.device = ?
    UNION ALL SELECT e.number, e.previous, e.hash FROM own JOIN evidence e ON e.number = own.previous
  )`;
/** All of it, the newest first. */
export const OWN_EVIDENCE = `${OWN} SELECT e.* FROM own JOIN evidence e ON e.number = own.number ORDER BY e.number DESC`;

export const json = <T>(text: Row[string] | undefined): T | null => (typeof text === 'string' ? (JSON.parse(text) as T) : null);

/** `before`: called before each statement; where it throws, the statement is not run. */
export function sqlOf(database: DatabaseSync, before: () => void): Sql {
  let failed = false;
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    before();
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  return Object.assign(prepare, {
    transaction<T>(work: () => T): T {
      if (database.isTransaction) return work();
      try {
        prepare('BEGIN IMMEDIATE').run();
        const result = work();
        prepare('COMMIT').run();
        return result;
      } catch (error) {
        failed ||= isUnavailable(error);
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    failing: () => failed,
    recover() {
      failed = false;
    },
  });
}
