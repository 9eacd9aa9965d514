/** What the parts of the SQLite store share: prepared statements and transactions. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Row = Record<string, string | number | null | Uint8Array>;

/** What the parts of the store share. */
export interface Sql {
  /** A prepared statement; prepared once. */
  (text: string): StatementSync;
  /** Statements in one transaction; an exception undoes them all. */
  transaction<T>(work: () => T): T;
}

export const json = <T>(text: Row[string] | undefined): T | null => (typeof text === 'string' ? (JSON.parse(text) as T) : null);

export function sqlOf(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  return Object.assign(prepare, {
    transaction<T>(work: () => T): T {
      prepare('BEGIN IMMEDIATE').run();
      try {
        const result = work();
        prepare('COMMIT').run();
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  });
}
