/** Versions of policies in SQLite: each is written once, and the newest is in force. */
import { json, type Row, type Sql } from './sql.ts';
import type { AppliedPolicies, PolicyVersion, Store } from './store.ts';

/** How many are kept. */
const MAX_VERSIONS = 100;
const SUMMARY = 'number, version, applied_at, applied_by, note, back_to';

const versionOf = (row: Row): PolicyVersion => ({
  number: row.number as number,
  version: row.version as string,
  appliedAt: row.applied_at as string,
  by: row.applied_by as string,
  note: row.note as string,
  ...(row.back_to === null ? {} : { backTo: row.back_to as number }),
});

export const policiesOf = (sql: Sql): Pick<Store, 'policyVersions' | 'appliedPolicies' | 'addPolicies'> => ({
  policyVersions: () => (sql(`SELECT ${SUMMARY} FROM policies ORDER BY number DESC`).all() as Row[]).map(versionOf),
  appliedPolicies(number) {
    const row = sql(`SELECT ${SUMMARY}, files FROM policies WHERE number = ?`).get(number) as Row | undefined;
    return row === undefined ? undefined : { ...versionOf(row), files: json<AppliedPolicies['files']>(row.files) ?? [] };
  },
  addPolicies: ({ number, version, appliedAt, by, note, backTo, files }) =>
    sql.transaction(() => {
      const { last } = sql('SELECT coalesce(max(number), 0) AS last FROM policies').get() as { last: number };
      if (last !== number - 1) return false;
      sql('INSERT INTO policies (number, version, applied_at, applied_by, note, back_to, files) VALUES (?, ?, ?, ?, ?, ?, ?)').run(
        ...[number, version, appliedAt, by, note, backTo ?? null, JSON.stringify(files)],
      );
      sql('DELETE FROM policies WHERE number <= ?').run(number - MAX_VERSIONS);
      return true;
    }),
});
