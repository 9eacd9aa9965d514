/** Devices as SQLite has them: a row of their own, and what their newest evidence made of them since that was written. */
import { type Clocks, isSamePosture, type Seen, seenIn, withSeen } from '../../policy/index.ts';
import { json, type Row } from './sql.ts';
import type { StoredDevice } from './store.ts';

/** Devices, each with its newest evidence, where nothing was written to the device's own row behind it. */
export const DEVICES = `SELECT d.*, e.epoch AS head_epoch, e.seq AS head_seq, e.hash AS head_hash, e.received_at AS head_at, e.revision AS head_revision, e.after AS after
  FROM devices d JOIN heads h ON h.device = d.id LEFT JOIN evidence e ON e.number = h.newest AND e.revision >= d.revision`;

/** What evidence makes of its device, as it is kept with the evidence. */
type After = readonly [nonceFloor: number, digest: string, clocks: Clocks, seen: Seen | null, factsVersion: string | null];

export const afterOf = ({ nonceFloor, head, facts, clocks, factsVersion }: StoredDevice): string =>
  JSON.stringify([nonceFloor, head?.digest ?? '', clocks, facts === null ? null : seenIn(facts), factsVersion] satisfies After);

/** The device as its newest evidence left it. */
function moved(device: StoredDevice, row: Row): StoredDevice {
  const after = json<After>(row.after);
  if (after === null) return device;
  const [nonceFloor, digest, clocks, seen, factsVersion] = after;
  const { facts } = device;
  return {
    ...device,
    head: { epoch: String(row.head_epoch), seq: Number(row.head_seq), hash: String(row.head_hash), digest },
    nonceFloor,
    clocks,
    facts: facts === null || seen === null ? facts : withSeen(facts, seen),
    // Judged in memory by other policies than the row's, perhaps, and then once more: what the row says of its posture is another evidence's.
    factsVersion: factsVersion === device.factsVersion ? factsVersion : null,
    lastReceivedAt: String(row.head_at),
    revision: Number(row.head_revision),
  };
}

export const deviceOf = (row: Row): StoredDevice =>
  moved(
    {
      id: row.id,
      jwk: json(row.jwk),
      previousJwk: json(row.previous_jwk),
      platform: row.platform,
      assurance: row.assurance,
      state: row.state,
      stateReason: row.state_reason,
      enrolledAt: row.enrolled_at,
      description: json(row.description),
      owner: row.owner,
      tags: json(row.tags) ?? [],
      clocks: json(row.clocks) ?? {},
      predecessor: row.predecessor,
      epoch: row.epoch,
      openedBy: row.opened_by,
      closed: json(row.closed) ?? [],
      head: json(row.head),
      nonceFloor: row.nonce_floor,
      facts: json(row.facts),
      factsVersion: row.facts_version,
      lastReceivedAt: row.last_received_at,
      revision: row.revision,
    } as StoredDevice,
    row,
  );

/** What evidence changes of its device in any case, and carries. */
const CARRIED: ReadonlySet<string> = new Set(['head', 'nonceFloor', 'facts', 'clocks', 'lastReceivedAt', 'revision']);

/** What has changed that evidence does not carry, so that the device's own row must say it. Mostly nothing: its posture is what it was. */
export function changedBeside(before: StoredDevice, after: StoredDevice): 'nothing' | 'posture' | 'more' {
  let posture = before.facts !== after.facts && (before.facts === null || after.facts === null || !isSamePosture(before.facts, after.facts));
  for (const member in after) {
    const name = member as keyof StoredDevice;
    if (before[name] === after[name] || CARRIED.has(name)) continue;
    if (name !== 'factsVersion') return 'more';
    posture = true;
  }
  return posture ? 'posture' : 'nothing';
}
