/** Devices and their recent evidence in SQLite. */
import { thumbprint } from '../../attest/index.ts';
import { sha256 } from '../../attest/node.ts';
import type { EvidenceClaims, Reading } from '../../model/index.ts';
import { json, OWN, type Row, type Sql } from './sql.ts';
import { afterOf, changedBeside, DEVICES, deviceOf } from './sqlite-device-rows.ts';
import type { Flush } from './sqlite-flush.ts';
import type { Branch, DeviceKey, DeviceWrite, EvidenceRow, Store, StoredDevice } from './store.ts';

type Devices = Pick<
  Store,
  | 'devices'
  | 'device'
  | 'addDevice'
  | 'writeDevices'
  | 'flushed'
  | 'deviceKeys'
  | 'hasKey'
  | 'deviceOfKey'
  | 'readings'
  | 'evidence'
  | 'branches'
  | 'eraseDevice'
  | 'eraseSubject'
>;

/** Branches kept of one device: a holder of its key could make any number. The first ones and the last tell the story. */
const MAX_BRANCHES = 100;
/** The readings of stored full evidence. */
function readingsIn(jws: string): readonly Reading[] {
  const { stance } = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as EvidenceClaims;
  return stance.kind === 'full' ? stance.readings : [];
}

const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

export function devicesOf(sql: Sql, flush: Flush): Devices {
  const addKey = ({ id, jwk }: StoredDevice, since: string): void =>
    void sql('INSERT INTO device_keys (device, kid, jwk, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
      ...[id, thumbprint(jwk, sha256), JSON.stringify(jwk), since],
    );

  const hasKey = (kid: string, besides: string | null = null): boolean =>
    sql('SELECT 1 FROM device_keys WHERE kid = ? AND device IS NOT ?').get(kid, besides) !== undefined;

  // Devices of a database that was made before keys had a table of their own.
  for (const row of sql('SELECT * FROM devices WHERE id NOT IN (SELECT device FROM device_keys)').all() as Row[]) {
    const device = deviceOf(row);
    addKey(device, device.enrolledAt);
  }

  /** How a device stands, where that is all that its evidence does not carry. */
  const changePosture = ({ id, facts, factsVersion, revision }: StoredDevice): void =>
    void sql('UPDATE devices SET facts = ?, facts_version = ?, revision = ? WHERE id = ?').run(text(facts), factsVersion, revision, id);

  /** Everything that can change of a device. */
  const change = (after: StoredDevice): void =>
    void sql(
      `UPDATE devices SET jwk = ?, previous_jwk = ?, assurance = ?, state = ?, state_reason = ?, owner = ?, tags = ?, epoch = ?, opened_by = ?, closed = ?, head = ?,
         nonce_floor = ?, facts = ?, facts_version = ?, clocks = ?, last_received_at = ?, revision = ? WHERE id = ?`,
    ).run(
      ...[JSON.stringify(after.jwk), text(after.previousJwk), after.assurance, after.state, after.stateReason, after.owner, JSON.stringify(after.tags)],
      ...[after.epoch, after.openedBy, JSON.stringify(after.closed), text(after.head), after.nonceFloor, text(after.facts), after.factsVersion],
      ...[JSON.stringify(after.clocks), after.lastReceivedAt, after.revision, after.id],
    );

  /** Moves a device on, if nobody else has since. This statement and the next are all that an evidence needs: they must be quick. */
  const moveOn = ({ id, revision }: StoredDevice, found: number, newest: number | bigint | null, newestFull: number | bigint | null): boolean =>
    sql('UPDATE heads SET revision = ?, newest = coalesce(?, newest), newest_full = coalesce(?, newest_full) WHERE device = ? AND revision = ?').run(
      ...[revision, newest, newestFull, id, found],
    ).changes === 1;

  /** With what it makes of its device. */
  const addEvidence = (after: StoredDevice, row: EvidenceRow): number | bigint =>
    sql(
      `INSERT INTO evidence (device, previous, revision, epoch, seq, hash, kind, observed_at, received_at, compliance, after, jws)
       VALUES (?1, (SELECT newest FROM heads WHERE device = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
    ).run(...[after.id, after.revision, row.epoch, row.seq, row.hash, row.kind, row.observedAt, row.receivedAt, row.compliance, afterOf(after), row.jws])
      .lastInsertRowid;

  function addBranch(device: string, branch: Branch): void {
    const { count } = sql('SELECT count(*) AS count FROM branches WHERE device = ?').get(device) as { count: number };
    if (count >= MAX_BRANCHES) sql('DELETE FROM branches WHERE number = (SELECT max(number) FROM branches WHERE device = ?)').run(device);
    sql('INSERT INTO branches (device, place, epoch, seq, hash, jws, received_at, opened) VALUES (?, ?, ?, ?, ?, ?, ?, ?)').run(
      ...[device, branch.place, branch.epoch, branch.seq, branch.hash, branch.jws, branch.receivedAt, branch.opened],
    );
  }

  /** False where somebody else has written to the device since. */
  function write({ before, after, evidence, branch }: DeviceWrite): boolean {
    const rotated = before.jwk !== after.jwk;
    // Of two devices that take one key at once, the second does not.
    if (rotated && hasKey(thumbprint(after.jwk, sha256), after.id)) return false;
    const number = evidence === undefined ? null : addEvidence(after, evidence);
    if (!moveOn(after, before.revision, number, evidence?.kind === 'full' ? number : null)) {
      if (number !== null) sql('DELETE FROM evidence WHERE number = ?').run(number);
      return false;
    }
    const changed = evidence === undefined ? 'more' : changedBeside(before, after);
    if (changed === 'more') change(after);
    else if (changed === 'posture') changePosture(after);
    if (rotated) addKey(after, evidence?.receivedAt ?? after.enrolledAt);
    if (branch !== undefined) addBranch(after.id, branch);
    return true;
  }

  return {
    devices: () => (sql(`${DEVICES} ORDER BY d.id`).all() as Row[]).map(deviceOf),
    device(id) {
      const row = sql(`${DEVICES} WHERE d.id = ?`).get(id) as Row | undefined;
      return row === undefined ? undefined : deviceOf(row);
    },
    addDevice: (device) =>
      sql.transaction(() => {
        sql(
          'INSERT INTO devices (id, jwk, platform, assurance, state, state_reason, enrolled_at, description, owner, tags, clocks, predecessor, epoch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        ).run(
          ...[device.id, JSON.stringify(device.jwk), device.platform, device.assurance, device.state, device.stateReason, device.enrolledAt],
          ...[JSON.stringify(device.description), device.owner, JSON.stringify(device.tags), JSON.stringify(device.clocks), device.predecessor, device.epoch],
        );
        addKey(device, device.enrolledAt);
      }),
    writeDevices: (batch) =>
      flush.lately(() =>
        sql.transaction(() => {
          const left = new Set<string>();
          // What follows in the batch stands on what could not be written, though its revision may happen to be the one that is found.
          for (const one of batch) if (left.has(one.after.id) || !write(one)) left.add(one.after.id);
          return left;
        }),
      ),
    flushed: flush.flushed,
    deviceKeys: (device) =>
      (sql('SELECT kid, jwk, since FROM device_keys WHERE device = ? ORDER BY since').all(device) as Row[]).map(
        (row) => ({ kid: row.kid, jwk: json(row.jwk), since: row.since }) as DeviceKey,
      ),
    hasKey,
    deviceOfKey: (kid) => (sql('SELECT device FROM device_keys WHERE kid = ?').get(kid) as { device: string } | undefined)?.device,
    readings(device) {
      const row = sql('SELECT jws FROM evidence WHERE number = (SELECT newest_full FROM heads WHERE device = ?)').get(device) as Row | undefined;
      // It was verified before it was stored.
      return typeof row?.jws === 'string' ? readingsIn(row.jws) : [];
    },
    evidence: (device, hash) =>
      ((sql(`${OWN} SELECT jws FROM evidence WHERE number = (SELECT number FROM own WHERE hash = ? LIMIT 1)`).get(device, hash) as Row | undefined)?.jws as
        | string
        | undefined) ?? null,
    branches: (device) =>
      (sql('SELECT * FROM branches WHERE device = ? ORDER BY number').all(device) as Row[]).map(
        (row) =>
          ({ place: row.place, epoch: row.epoch, seq: row.seq, hash: row.hash, jws: row.jws, receivedAt: row.received_at, opened: row.opened }) as Branch,
      ),
    eraseDevice: (id) =>
      sql.transaction(() => {
        sql(`${OWN} DELETE FROM evidence WHERE number IN (SELECT number FROM own)`).run(id);
        for (const table of ['heads', 'archive', 'branches', 'device_keys', 'postures']) sql(`DELETE FROM ${table} WHERE device = ?`).run(id);
        sql('DELETE FROM devices WHERE id = ?').run(id);
        sql('UPDATE devices SET predecessor = NULL WHERE predecessor = ?').run(id);
        rewriteDecisions(sql, id, () => null);
      }),
    eraseSubject: (subject) =>
      sql.transaction(() =>
        rewriteDecisions(sql, subject, (line) => {
          const decision = JSON.parse(line) as { request?: { subject?: { id?: string; properties?: unknown } } };
          if (decision.request?.subject?.id !== subject) return line;
          return JSON.stringify({ ...decision, request: { ...decision.request, subject: { type: 'user', id: 'erased' } } });
        }),
      ),
  };
}

/** Rewrites every kept decision that mentions a text; null drops the line. How many lines mentioned it and changed. */
function rewriteDecisions(sql: Sql, mentioned: string, rewrite: (line: string) => string | null): number {
  let changed = 0;
  const quoted = JSON.stringify(mentioned);
  for (const row of sql('SELECT number, lines FROM decisions WHERE instr(lines, ?) > 0').all(quoted) as Row[]) {
    const lines = String(row.lines).split('\n');
    const next = lines.map((line) => (line.includes(quoted) ? rewrite(line) : line));
    changed += next.filter((line, index) => line !== lines[index]).length;
    const kept = next.filter((line) => line !== null);
    sql('UPDATE decisions SET lines = ?, count = ? WHERE number = ?').run(kept.join('\n'), kept.length, row.number as number);
  }
  return changed;
}
