/** Decisions in SQLite: the lines of about a second in one row, and what the devices in them were like, once for each change. */
import type { Row, Sql } from './sql.ts';
import type { DecisionBatch, Store, StoredPosture } from './store.ts';

/** How long decisions are kept. */
const DECISION_LIFE_MS = 30 * 24 * 60 * 60 * 1000;
/** A posture that decisions still name is written again when it is this old, so that it is not forgotten before them. */
const DAY_MS = 24 * 60 * 60 * 1000;

export const decisionsOf = (sql: Sql): Pick<Store, 'addDecisions' | 'decisions' | 'recentDecisions' | 'postures'> => ({
  addDecisions: ({ since, until, count, lines }, postures) =>
    sql.transaction(() => {
      sql('INSERT INTO decisions (since, until, count, lines) VALUES (?, ?, ?, ?)').run(since, until, count, lines);
      for (const { key, device, posture } of postures)
        sql('INSERT INTO postures (key, device, at, posture) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at').run(
          ...[key, device, until, posture],
        );
      sql('DELETE FROM decisions WHERE until < ?').run(until - DECISION_LIFE_MS);
      sql('DELETE FROM postures WHERE at < ?').run(until - DECISION_LIFE_MS - DAY_MS);
    }),
  decisions: (since) =>
    sql('SELECT since, until, count, lines FROM decisions WHERE until >= ? ORDER BY number').iterate(since) as Iterable<Row & DecisionBatch>,
  recentDecisions: (batches) => sql('SELECT since, until, count, lines FROM decisions ORDER BY number DESC LIMIT ?').all(batches) as unknown as DecisionBatch[],
  postures: () => sql('SELECT key, device, posture FROM postures').iterate() as Iterable<Row & StoredPosture>,
});
