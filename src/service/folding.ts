/** Folds the heartbeats of a day into signed summaries. Full evidence stays as it is. */
import { hashOfHashes, SUMMARY_TYPE, type SummaryClaims, signJws } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import type { EvidenceClaims, Signer } from '../model/index.ts';
import type { ArchivedDay, AuditItem, EvidenceRow } from './store/store.ts';

interface Heartbeat {
  readonly number: number;
  readonly row: EvidenceRow;
  readonly prev: string | null;
  readonly digest: string;
}

function heartbeatOf(item: AuditItem): Heartbeat | undefined {
  if (!('evidence' in item) || item.evidence.kind !== 'heartbeat') return undefined;
  const { stance } = JSON.parse(Buffer.from(item.evidence.jws.split('.')[1] ?? '', 'base64url').toString()) as EvidenceClaims;
  return { number: item.number, row: item.evidence, prev: stance.prev, digest: stance.digest };
}

/** Whether `next` is more of the same: behind the other, nothing changed. */
const continues = (before: Heartbeat, next: Heartbeat): boolean =>
  next.prev === before.row.hash && next.row.epoch === before.row.epoch && next.digest === before.digest && next.row.compliance === before.row.compliance;

async function summarise(run: readonly [Heartbeat, ...Heartbeat[]], device: string, issuer: string, at: number, signer: Signer): Promise<AuditItem> {
  const [first, last] = [run[0], run.at(-1) ?? run[0]];
  const claims: SummaryClaims = {
    iss: issuer,
    iat: Math.floor(at / 1000),
    stance: {
      kind: 'summary',
      device,
      epoch: first.row.epoch,
      seq: [first.row.seq, last.row.seq],
      prev: first.prev,
      hash: last.row.hash,
      hashes: hashOfHashes(
        run.map(({ row }) => row.hash),
        sha256,
      ),
      digest: first.digest,
      compliance: first.row.compliance,
      observed: [first.row.observedAt, last.row.observedAt],
      received: [first.row.receivedAt, last.row.receivedAt],
    },
  };
  return { number: first.number, summary: (await signJws(SUMMARY_TYPE, claims, signer, sha256)).jws };
}

/** What remains of the day. `issuer`: the service as its devices know it. `at`: ms since the epoch. */
export async function foldDay(day: ArchivedDay, issuer: string, at: number, signer: Signer): Promise<readonly AuditItem[]> {
  const items: AuditItem[] = [];
  let run: Heartbeat[] = [];
  async function endRun(): Promise<void> {
    const [first, ...rest] = run;
    if (first !== undefined) items.push(await summarise([first, ...rest], day.device, issuer, at, signer));
    run = [];
  }
  for (const item of day.items) {
    const heartbeat = heartbeatOf(item);
    const before = run.at(-1);
    if (heartbeat === undefined || (before !== undefined && !continues(before, heartbeat))) await endRun();
    if (heartbeat === undefined) items.push(item);
    else run.push(heartbeat);
  }
  await endRun();
  return items;
}
