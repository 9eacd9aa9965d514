/** Decisions in SQLite: the lines of about a second in one row, and what the devices in them were like, once for each change. */
import type { Row, Sql } from './sql.ts';
import type { Flush } from './sqlite-flush.ts';
import type { DecisionBatch, Store, StoredPosture } from './store.ts';

/** How long decisions are kept. */
const DECISION_LIFE_MS = 30 * 24 * 60 * 60 * 1000;
/** A posture that decisions still name is written again when it is this old, so that it is not forgotten before them. */
const DAY_MS = 24 * 60 * 60 * 1000;
/** How often that is looked for. */
const FORGET_EVERY_MS = 60 * 60 * 1000;

type Decisions = Pick<Store, 'addDecisions' | 'decisions' | 'decisionsBelow' | 'postures'>;

export function decisionsOf(sql: Sql, { lately }: Flush): Decisions {
  let forgottenAt = Number.NEGATIVE_INFINITY;
  /** What is too old; a walk over all that is kept, so not with every second of decisions. */
  const isDue = (at: number): boolean => Math.abs(at - forgottenAt) >= FORGET_EVERY_MS;
  function forget(at: number): void {
    sql('DELETE FROM decisions WHERE until < ?').run(at - DECISION_LIFE_MS);
    sql('DELETE FROM postures WHERE at < ?').run(at - DECISION_LIFE_MS - DAY_MS);
  }
  const addDecisions: Decisions['addDecisions'] = ({ since, until, count, lines }, postures) => {
    const due = isDue(until);
    lately(() =>
      sql.transaction(() => {
        // Bytes are bound as they are.
        sql('INSERT INTO decisions (since, until, count, lines) VALUES (?, ?, ?, CAST(? AS TEXT))').run(since, until, count, lines);
        for (const { key, device, posture } of postures)
          sql('INSERT INTO postures (key, device, at, posture) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at').run(
            ...[key, device, until, posture],
          );
        if (due) forget(until);
      }),
    );
    if (due) forgottenAt = until;
  };
  return {
    addDecisions,
    decisions: (since) =>
      sql('SELECT since, until, count, lines FROM decisions WHERE until >= ? ORDER BY number').iterate(since) as Iterable<Row & DecisionBatch>,
    decisionsBelow: (number) =>
      sql('SELECT number, since, until, count, lines FROM decisions WHERE number < ? ORDER BY number DESC LIMIT 1').get(number) as
        | (DecisionBatch & { number: number })
        | undefined,
    postures: () => sql('SELECT key, device, posture FROM postures').iterate() as Iterable<Row & StoredPosture>,
  };
}
