/** The steps that bring a database one version further each; never changed once released. */
import type { DatabaseSync } from 'node:sqlite';
import { StanceError } from '../../model/index.ts';

export const MIGRATIONS: readonly string[] = [
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

  // Epochs, branches, key rotation, approval; the archive; compare-and-swap by revision. Tokens issued before let devices in at once, as they did.
  `ALTER TABLE devices ADD COLUMN previous_jwk TEXT;
   ALTER TABLE devices ADD COLUMN owner TEXT;
   ALTER TABLE devices ADD COLUMN predecessor TEXT;
   ALTER TABLE devices ADD COLUMN opened_by TEXT;
   ALTER TABLE devices ADD COLUMN closed TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE devices ADD COLUMN nonce_floor INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE devices ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
   UPDATE devices SET nonce_floor = json_extract(head, '$.nonceMintedAt') WHERE head IS NOT NULL;
   CREATE TABLE device_keys (device TEXT NOT NULL, kid TEXT NOT NULL, jwk TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (device, kid)) STRICT, WITHOUT ROWID;
   CREATE INDEX keys_by_kid ON device_keys (kid);
   CREATE TABLE branches (
     number INTEGER PRIMARY KEY, device TEXT NOT NULL, place TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, jws TEXT NOT NULL,
     received_at TEXT NOT NULL, opened TEXT
   ) STRICT;
   CREATE INDEX branches_of_device ON branches (device);
   CREATE TABLE archive (device TEXT NOT NULL, day TEXT NOT NULL, folded INTEGER NOT NULL, items BLOB NOT NULL, PRIMARY KEY (device, day)) STRICT, WITHOUT ROWID;
   CREATE INDEX archive_unfolded ON archive (day) WHERE folded = 0;
   ALTER TABLE enrollment_tokens ADD COLUMN approves INTEGER NOT NULL DEFAULT 1;
   ALTER TABLE enrollment_tokens ADD COLUMN owner TEXT;`,

  // Tags; since when checks fail; what devices were like when something was decided on them. Facts have another form now: they are made anew.
  `ALTER TABLE devices ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE devices ADD COLUMN clocks TEXT NOT NULL DEFAULT '{}';
   UPDATE devices SET facts = json_set('{"verdicts":{},"problems":[],"readings":null,"timeline":[{"from":0,"compliance":"unknown","checks":{},"stale":[]}]}',
     '$.id', id, '$.platform', platform, '$.assurance', assurance, '$.observedAt', json_extract(facts, '$.observedAt')), facts_version = NULL WHERE facts IS NOT NULL;
   ALTER TABLE enrollment_tokens ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
   CREATE TABLE postures (key TEXT PRIMARY KEY, device TEXT NOT NULL, at INTEGER NOT NULL, posture TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE INDEX postures_of_device ON postures (device);`,

  // Policies that were put into force, the last of them counts.
  `CREATE TABLE policies (
     number INTEGER PRIMARY KEY, version TEXT NOT NULL, applied_at TEXT NOT NULL, applied_by TEXT NOT NULL, note TEXT NOT NULL, back_to INTEGER, files TEXT NOT NULL
   ) STRICT;`,

  // What every evidence writes is itself and one short row. It carries what it made of its device, whose own row is left alone, and names the one
  // before it, so that no index must be kept of it. What is long comes last. What is old is found without looking at everything.
  `CREATE TABLE linked (
     number INTEGER PRIMARY KEY, device TEXT NOT NULL, previous INTEGER, revision INTEGER, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
     kind TEXT NOT NULL, observed_at TEXT NOT NULL, received_at TEXT NOT NULL, compliance TEXT NOT NULL, after TEXT, jws TEXT NOT NULL
   ) STRICT;
   INSERT INTO linked (number, device, previous, epoch, seq, hash, kind, observed_at, received_at, compliance, jws)
     SELECT number, device, (SELECT max(b.number) FROM evidence b WHERE b.device = e.device AND b.number < e.number),
       epoch, seq, hash, kind, observed_at, received_at, compliance, jws
     FROM evidence e WHERE device IN (SELECT id FROM devices) ORDER BY number;
   CREATE TABLE heads (
     device TEXT PRIMARY KEY, revision INTEGER NOT NULL, newest INTEGER, newest_full INTEGER, archived TEXT NOT NULL DEFAULT ''
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX heads_by_archived ON heads (archived);
   CREATE INDEX archive_by_day ON archive (day);
   -- A trigger, because a Stance from before that still runs adds devices too.
   CREATE TRIGGER device_has_head AFTER INSERT ON devices BEGIN INSERT INTO heads (device, revision) VALUES (new.id, new.revision); END;
   INSERT INTO heads (device, revision, newest, newest_full)
     SELECT id, revision, (SELECT max(number) FROM evidence WHERE device = id), last_full FROM devices;
   DROP TABLE evidence;
   ALTER TABLE linked RENAME TO evidence;
   ALTER TABLE devices DROP COLUMN last_full;`,
];

const versionOf = (database: DatabaseSync): number => (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;

/** @throws StanceError `state-corrupt` for a database of a newer Stance. */
export function migrate(database: DatabaseSync): void {
  const version = versionOf(database);
  if (version > MIGRATIONS.length)
    throw new StanceError(
      'state-corrupt',
      `The database is of version ${version}, made by a newer Stance; this one knows ${MIGRATIONS.length}. Update Stance.`,
    );
  if (version === MIGRATIONS.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Asked again: another process may have started at the same moment, and been quicker.
    for (const step of MIGRATIONS.slice(versionOf(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
