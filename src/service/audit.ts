/** Whether what a store holds is what devices signed: every signature, every link, each place of each chain once. Needs nothing but the store and the audit keys. */
import { decodeEvidence, decodeSummary, thumbprint } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { type EcPublicJwk, StanceError } from '../model/index.ts';
import type { AuditItem, Store, StoredDevice } from './store/store.ts';

export interface DeviceAudit {
  readonly device: string;
  /** Evidence that is kept whole, and heartbeats that summaries stand for. */
  readonly evidence: number;
  readonly folded: number;
  readonly branches: number;
  /** What does not hold; empty when all is well. */
  readonly problems: readonly string[];
}

/** One link: what it says comes before it, and what it ends with. */
interface Link {
  readonly what: string;
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
  readonly prev: string | null;
  readonly hash: string;
  readonly anchor?: string | undefined;
  readonly full: boolean;
}

type Keys = ReadonlyMap<string, EcPublicJwk>;

/** @throws StanceError for a JWS that does not verify */
function linkOf(item: AuditItem, device: string, deviceKeys: Keys, auditKeys: Keys): Link {
  const decoded = 'summary' in item ? decodeSummary(item.summary) : decodeEvidence(item.evidence.jws);
  const jwk = ('summary' in item ? auditKeys : deviceKeys).get(decoded.header.kid);
  if (jwk === undefined) throw new StanceError('key-mismatch', 'it is signed with a key that is not known');
  if (!verifySignature(decoded.signingInput, decoded.signature, jwk)) throw new StanceError('signature-invalid', 'its signature does not verify');
  const { claims } = decoded;
  if ('stance' in claims && claims.stance.kind === 'summary') {
    const { stance } = claims;
    if (stance.device !== device) throw new StanceError('claims-malformed', 'it is of another device');
    const [first, last] = stance.seq;
    return { what: `summary ${first}–${last}`, epoch: stance.epoch, first, last, prev: stance.prev, hash: stance.hash, full: false };
  }
  const evidence = claims as ReturnType<typeof decodeEvidence>['claims'];
  if (evidence.iss !== device) throw new StanceError('claims-malformed', 'it is of another device');
  const { stance } = evidence;
  const hash = sha256(decoded.signingInput);
  const full = stance.kind === 'full';
  const place = { epoch: stance.epoch, first: stance.seq, last: stance.seq, prev: stance.prev, hash };
  return { what: `evidence ${stance.seq} of epoch ${stance.epoch}`, ...place, full, anchor: stance.kind === 'full' ? stance.anchor : undefined };
}

function auditDevice(store: Store, device: StoredDevice, auditKeys: Keys): DeviceAudit {
  const problems: string[] = [];
  const deviceKeys = new Map(store.deviceKeys(device.id).map(({ jwk }) => [thumbprint(jwk, sha256), jwk]));
  let before: Link | undefined;
  let full: Link | undefined;
  let [evidence, folded] = [0, 0];
  for (const item of store.audit(device.id)) {
    let link: Link;
    try {
      link = linkOf(item, device.id, deviceKeys, auditKeys);
    } catch (error) {
      problems.push(`item ${item.number}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    if ('summary' in item) folded += link.last - link.first + 1;
    else evidence++;
    // The first that is kept may stand on what was forgotten since.
    if (before !== undefined) {
      if (link.prev !== before.hash) problems.push(`${link.what} does not follow ${before.what}`);
      if (link.first !== (link.epoch === before.epoch ? before.last + 1 : 1)) problems.push(`${link.what} is not at the place behind ${before.what}`);
    }
    // A new epoch begins with an anchor of its own.
    if (full !== undefined && link.full && link.epoch === full.epoch && link.anchor !== full.hash)
      problems.push(`${link.what} is not anchored in ${full.what}`);
    before = link;
    if (link.full) full = link;
  }
  if ((before?.hash ?? null) !== (device.head?.hash ?? null)) problems.push('the head of the device is not its last evidence');
  const branches = store.branches(device.id);
  for (const { jws, seq, epoch } of branches) {
    try {
      linkOf({ number: 0, evidence: { jws } } as unknown as AuditItem, device.id, deviceKeys, auditKeys);
    } catch (error) {
      problems.push(`branch ${seq} of epoch ${epoch}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { device: device.id, evidence, folded, branches: branches.length, problems };
}

/** `auditKeys`: the service's keys of that purpose, all of them, as its JWKS has them. */
export function* auditStore(store: Store, auditKeys: readonly EcPublicJwk[]): Generator<DeviceAudit> {
  const keys = new Map(auditKeys.map((jwk) => [thumbprint(jwk, sha256), jwk]));
  for (const device of store.devices()) yield auditDevice(store, device, keys);
}
