/** The embedded store: SQLite, write-ahead log, durable at every commit (`synchronous=FULL`). One service process at a time. */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type EvidenceClaims, type Reading, StanceError } from '../../model/index.ts';
import type { EvidenceWrite, HistoryRow, Store, StoredDevice, StoredToken } from './store.ts';

/** Each step brings a database one version further; never changed once released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE devices (
     id TEXT PRIMARY KEY, jwk TEXT NOT NULL, platform TEXT NOT NULL, assurance TEXT NOT NULL, state TEXT NOT NULL, state_reason TEXT,
     enrolled_at TEXT NOT NULL, description TEXT NOT NULL, epoch TEXT NOT NULL,
     head TEXT, facts TEXT, facts_version TEXT, last_full INTEGER, last_received_at TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE evidence (
     number INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, kind TEXT NOT NULL, jws TEXT NOT NULL,
     observed_at TEXT NOT NULL, received_at TEXT NOT NULL, compliance TEXT NOT NULL
   ) STRICT;
   CREATE INDEX evidence_of_device ON evidence (device);
   CREATE TABLE enrollment_tokens (hash TEXT PRIMARY KEY, uses INTEGER NOT NULL, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE tokens (hash TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, expires_at TEXT) STRICT, WITHOUT ROWID;
   CREATE TABLE decisions (number INTEGER PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, count INTEGER NOT NULL, lines TEXT NOT NULL) STRICT;`,
];
/** How long decisions are kept. */
const DECISION_LIFE_MS = 30 * 24 * 60 * 60 * 1000;

type Row = Record<string, string | number | null>;

function openDatabase(location: string): DatabaseSync {
  if (location !== ':memory:') mkdirSync(path.dirname(path.resolve(location)), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(location);
  try {
    // SQLite gives its journals the mode of the database.
    if (location !== ':memory:' && process.platform !== 'win32') chmodSync(location, 0o600);
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000; PRAGMA locking_mode = NORMAL;',
    );
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  const version = Number((database.prepare('PRAGMA user_version').get() as Row | undefined)?.user_version ?? 0);
  if (version > MIGRATIONS.length)
    throw new StanceError(
      'state-corrupt',
      `The database is of version ${version}, made by a newer Stance; this one knows ${MIGRATIONS.length}. Update Stance.`,
    );
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

/** The readings of stored full evidence. */
function readingsIn(jws: string): readonly Reading[] {
  const { stance } = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as EvidenceClaims;
  return stance.kind === 'full' ? stance.readings : [];
}

const json = <T>(text: string | number | null | undefined): T | null => (typeof text === 'string' ? (JSON.parse(text) as T) : null);

const deviceOf = (row: Row): StoredDevice =>
  ({
    id: row.id,
    jwk: json(row.jwk ?? null),
    platform: row.platform,
    assurance: row.assurance,
    state: row.state,
    stateReason: row.state_reason,
    enrolledAt: row.enrolled_at,
    description: json(row.description ?? null),
    epoch: row.epoch,
    head: json(row.head ?? null),
    facts: json(row.facts ?? null),
    factsVersion: row.facts_version,
    lastReceivedAt: row.last_received_at,
  }) as StoredDevice;

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
  const prepared = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  /** Statements in one transaction; an exception undoes them all. */
  const inTransaction = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };

  const writeEvidence = (write: EvidenceWrite): void => {
    const { head } = write;
    const { lastInsertRowid } = sql(
      'INSERT INTO evidence (device, epoch, seq, hash, kind, jws, observed_at, received_at, compliance) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ).run(...[write.device, head.epoch, head.seq, head.hash, write.kind, write.jws, write.observedAt, write.receivedAt, write.compliance]);
    sql('UPDATE devices SET head = ?, facts = ?, facts_version = ?, last_received_at = ?, last_full = coalesce(?, last_full) WHERE id = ?').run(
      ...[
        JSON.stringify(head),
        JSON.stringify(write.facts),
        write.factsVersion,
        write.receivedAt,
        write.kind === 'full' ? lastInsertRowid : null,
        write.device,
      ],
    );
  };

  return {
    ping: () => void sql('SELECT 1').get(),
    devices: () => (sql('SELECT * FROM devices ORDER BY id').all() as Row[]).map(deviceOf),
    addDevice(device) {
      sql('INSERT INTO devices (id, jwk, platform, assurance, state, enrolled_at, description, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
        ...[
          device.id,
          JSON.stringify(device.jwk),
          device.platform,
          device.assurance,
          device.state,
          device.enrolledAt,
          JSON.stringify(device.description),
          device.epoch,
        ],
      );
    },
    setDeviceState: (id, state, reason) => void sql('UPDATE devices SET state = ?, state_reason = ? WHERE id = ?').run(state, reason, id),
    readings(device) {
      const row = sql('SELECT jws FROM evidence WHERE number = (SELECT last_full FROM devices WHERE id = ?)').get(device) as Row | undefined;
      // It was verified before it was stored.
      return typeof row?.jws === 'string' ? readingsIn(row.jws) : [];
    },
    commitEvidence: (batch) => inTransaction(() => batch.forEach(writeEvidence)),
    history: (device, limit) =>
      (
        sql('SELECT epoch, seq, kind, hash, observed_at, received_at, compliance FROM evidence WHERE device = ? ORDER BY number DESC LIMIT ?').all(
          device,
          limit,
        ) as Row[]
      ).map(
        (row) =>
          ({
            epoch: row.epoch,
            seq: row.seq,
            kind: row.kind,
            hash: row.hash,
            observedAt: row.observed_at,
            receivedAt: row.received_at,
            compliance: row.compliance,
          }) as HistoryRow,
      ),
    evidence: (device, hash) =>
      ((sql('SELECT jws FROM evidence WHERE device = ? AND hash = ?').get(device, hash) as Row | undefined)?.jws as string | undefined) ?? null,
    addEnrollmentToken: (hash, uses, expiresAt) =>
      void sql('INSERT INTO enrollment_tokens (hash, uses, expires_at) VALUES (?, ?, ?)').run(hash, uses, expiresAt),
    // The condition stands in the statement, so that two devices cannot share the last use.
    useEnrollmentToken: (hash, now) =>
      sql('UPDATE enrollment_tokens SET uses = uses - 1 WHERE hash = ? AND uses > 0 AND expires_at > ?').run(hash, now).changes === 1,
    addToken: (token) =>
      void sql('INSERT INTO tokens (hash, name, scopes, expires_at) VALUES (?, ?, ?, ?)').run(token.hash, token.name, token.scopes.join(' '), token.expiresAt),
    tokens: () =>
      (sql('SELECT * FROM tokens').all() as Row[]).map(
        (row) => ({ hash: row.hash, name: row.name, scopes: String(row.scopes).split(' '), expiresAt: row.expires_at }) as StoredToken,
      ),
    removeToken: (name) => Number(sql('DELETE FROM tokens WHERE name = ?').run(name).changes),
    addDecisions: ({ since, until, count, lines }) =>
      inTransaction(() => {
        sql('INSERT INTO decisions (since, until, count, lines) VALUES (?, ?, ?, ?)').run(since, until, count, lines);
        sql('DELETE FROM decisions WHERE until < ?').run(until - DECISION_LIFE_MS);
      }),
    close: () => database.close(),
  };
}
