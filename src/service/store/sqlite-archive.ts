/**
 * Evidence of days gone by in SQLite: one compressed row for a device and a day. A JWS is kept as the texts that it encodes
 * (base64url is canonical here, so the same bytes come out again): compressed they are a fifth.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { sha256 } from '../../attest/node.ts';
import type { Compliance, EvidenceClaims } from '../../model/index.ts';
import { OWN_EVIDENCE, type Row, type Sql } from './sql.ts';
import type { ArchivedDay, AuditItem, EvidenceRow, HistoryRow, Store } from './store.ts';

type Archive = Pick<Store, 'archiveBefore' | 'unfolded' | 'putFolded' | 'forgetBefore' | 'audit' | 'history'>;

/** number, header, payload, signature, receivedAt, compliance; or number, summary. */
type Packed = readonly [number, string, string, string, string, Compliance] | readonly [number, string];

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const decode = (part = ''): string => Buffer.from(part, 'base64url').toString();

function packItem(item: AuditItem): Packed {
  if ('summary' in item) return [item.number, item.summary];
  const { jws, receivedAt, compliance } = item.evidence;
  const [header, payload, signature = ''] = jws.split('.');
  return [item.number, decode(header), decode(payload), signature, receivedAt, compliance];
}

function unpackItem(packed: Packed): AuditItem {
  const number = packed[0];
  if (packed.length === 2) return { number, summary: packed[1] };
  const [, header, payload, signature, receivedAt, compliance] = packed;
  const input = `${encode(header)}.${encode(payload)}`;
  const { epoch, seq, kind, observedAt } = (JSON.parse(payload) as EvidenceClaims).stance;
  return { number, evidence: { epoch, seq, hash: sha256(input), kind, jws: `${input}.${signature}`, observedAt, receivedAt, compliance } };
}

const pack = (items: readonly AuditItem[]): Buffer => deflateRawSync(JSON.stringify(items.map(packItem)), { level: 9 });
const unpack = (body: unknown): AuditItem[] => (JSON.parse(inflateRawSync(body as Uint8Array).toString()) as Packed[]).map(unpackItem);

const evidenceOf = (row: Row): EvidenceRow =>
  ({
    epoch: row.epoch,
    seq: row.seq,
    hash: row.hash,
    kind: row.kind,
    jws: row.jws,
    observedAt: row.observed_at,
    receivedAt: row.received_at,
    compliance: row.compliance,
  }) as EvidenceRow;

const historyOf = ({ jws: _jws, ...rest }: EvidenceRow): HistoryRow => rest;

export function archiveOf(sql: Sql): Archive {
  function archivedDay(device: string, day: string): AuditItem[] {
    const row = sql('SELECT items FROM archive WHERE device = ? AND day = ?').get(device, day) as Row | undefined;
    return row === undefined ? [] : unpack(row.items);
  }
  const put = (device: string, day: string, items: readonly AuditItem[], folded: boolean): void =>
    void sql('INSERT OR REPLACE INTO archive (device, day, folded, items) VALUES (?, ?, ?, ?)').run(...[device, day, folded ? 1 : 0, pack(items)]);

  /** Takes the old out of the chain of a device, which goes on from each that stays to the next that does. The oldest first. */
  function takeOld(device: string, day: string): Row[] {
    const head = sql('SELECT newest, newest_full FROM heads WHERE device = ?').get(device) as Row;
    // Not the newest, which is the head and may be sent again, nor the readings that heartbeats repeat.
    const isOld = ({ number, received_at: at }: Row): boolean => String(at) < day && number !== head.newest && number !== head.newest_full;
    const rows = sql(OWN_EVIDENCE).all(device) as Row[];
    const [kept, old] = [rows.filter((row) => !isOld(row)), rows.filter(isOld)];
    for (const { number } of old) sql('DELETE FROM evidence WHERE number = ?').run(Number(number));
    for (const [index, { number, previous }] of kept.entries()) {
      const next = Number(kept[index + 1]?.number ?? 0) || null;
      if (next !== previous) sql('UPDATE evidence SET previous = ? WHERE number = ?').run(next, Number(number));
    }
    return old.reverse();
  }

  /** The current full evidence stays, and with it what stands on it: without that, the head would hang in the air and no audit could tell why. */
  const FORGOTTEN = `DELETE FROM archive WHERE day < ? AND day <
    coalesce((SELECT substr(e.received_at, 1, 10) FROM heads h JOIN evidence e ON e.number = h.newest_full WHERE h.device = archive.device), '9999')`;

  return {
    archiveBefore: (day, devices) =>
      sql.transaction(() => {
        // Later than that day: the clock was wrong for a while.
        const found = sql('SELECT device FROM heads WHERE archived < ?1 OR archived > ?1 LIMIT ?2').all(day, devices) as Row[];
        for (const { device } of found) {
          sql('UPDATE heads SET archived = ? WHERE device = ?').run(day, String(device));
          for (const [of, items] of Map.groupBy(takeOld(String(device), day), (row) => String(row.received_at).slice(0, 10))) {
            const added = items.map((row): AuditItem => ({ number: Number(row.number), evidence: evidenceOf(row) }));
            put(
              String(device),
              of,
              [...archivedDay(String(device), of), ...added].sort((a, b) => a.number - b.number),
              false,
            );
          }
        }
        return found.length;
      }),
    unfolded: (before, limit) =>
      (sql('SELECT device, day, items FROM archive WHERE folded = 0 AND day < ? ORDER BY day LIMIT ?').all(before, limit) as Row[]).map(
        (row): ArchivedDay => ({ device: String(row.device), day: String(row.day), items: unpack(row.items) }),
      ),
    putFolded: ({ device, day, items: found }, items) =>
      sql.transaction(() => {
        const row = sql('SELECT items FROM archive WHERE device = ? AND day = ? AND folded = 0').get(device, day) as Row | undefined;
        // A day only grows until it is folded: as many items are the same items.
        if (row !== undefined && unpack(row.items).length === found.length) put(device, day, items, true);
      }),
    forgetBefore: (day) => Number(sql(FORGOTTEN).run(day).changes) + Number(sql('DELETE FROM branches WHERE received_at < ?').run(day).changes),
    *audit(device) {
      const items: AuditItem[] = [];
      // Numbers rise with time, but a head or a full evidence that stayed longer has a lower one than some of the archive.
      for (const row of sql('SELECT items FROM archive WHERE device = ? ORDER BY day').all(device) as Row[]) items.push(...unpack(row.items));
      for (const row of sql(OWN_EVIDENCE).all(device) as Row[]) items.push({ number: Number(row.number), evidence: evidenceOf(row) });
      yield* items.sort((a, b) => a.number - b.number);
    },
    history(device, limit) {
      const found = (sql(`${OWN_EVIDENCE} LIMIT ?`).all(device, limit) as Row[]).map((row): [number, HistoryRow] => [
        Number(row.number),
        historyOf(evidenceOf(row)),
      ]);
      for (const { items } of found.length < limit
        ? (sql('SELECT items FROM archive WHERE device = ? ORDER BY day DESC').iterate(device) as Iterable<Row>)
        : []) {
        for (const item of unpack(items)) if ('evidence' in item) found.push([item.number, historyOf(item.evidence)]);
        if (found.length >= limit) break;
      }
      return found
        .sort(([a], [b]) => b - a)
        .slice(0, limit)
        .map(([, row]) => row);
    },
  };
}
