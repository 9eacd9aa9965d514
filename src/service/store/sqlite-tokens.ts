/** Tokens in SQLite: hashes only. */
import { json, type Row, type Sql } from './sql.ts';
import type { Store, StoredToken } from './store.ts';

type Tokens = Pick<Store, 'addEnrollmentToken' | 'useEnrollmentToken' | 'addToken' | 'tokens' | 'removeToken'>;

export const tokensOf = (sql: Sql): Tokens => ({
  addEnrollmentToken: (hash, uses, expiresAt, { approves, owner, tags }) =>
    void sql('INSERT INTO enrollment_tokens (hash, uses, expires_at, approves, owner, tags) VALUES (?, ?, ?, ?, ?, ?)').run(
      ...[hash, uses, expiresAt, approves ? 1 : 0, owner, JSON.stringify(tags)],
    ),
  // The condition stands in the statement, so that two devices cannot share the last use.
  useEnrollmentToken(hash, now) {
    const row = sql('UPDATE enrollment_tokens SET uses = uses - 1 WHERE hash = ? AND uses > 0 AND expires_at > ? RETURNING approves, owner, tags').get(
      ...[hash, now],
    ) as Row | undefined;
    return row === undefined ? undefined : { approves: row.approves === 1, owner: row.owner as string | null, tags: json<string[]>(row.tags) ?? [] };
  },
  addToken: (token) =>
    void sql('INSERT INTO tokens (hash, name, scopes, expires_at) VALUES (?, ?, ?, ?)').run(token.hash, token.name, token.scopes.join(' '), token.expiresAt),
  tokens: () =>
    (sql('SELECT * FROM tokens').all() as Row[]).map(
      (row) => ({ hash: row.hash, name: row.name, scopes: String(row.scopes).split(' '), expiresAt: row.expires_at }) as StoredToken,
    ),
  removeToken: (name) => Number(sql('DELETE FROM tokens WHERE name = ?').run(name).changes),
});
