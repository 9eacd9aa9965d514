/** The branches of a device's chain, and what its state asks for, in words for an administrator. Pure. */
import type { DeviceState } from '../model/index.ts';
import { ago } from './output.ts';

/** As `GET /v1/devices/{id}` tells them. */
export interface DeviceChain {
  /** The open one. */
  readonly epoch: string;
  readonly head: { readonly epoch: string; readonly seq: number } | null;
  /** The newest last; `seq` is its last accepted evidence, 0 for none. */
  readonly closed: readonly { readonly id: string; readonly seq: number }[];
}
export interface DeviceBranch {
  readonly place: string;
  readonly epoch: string;
  readonly seq: number;
  readonly receivedAt: string;
  /** The epoch that its refusal opened; null where it ended in quarantine. */
  readonly opened: string | null;
}

const PLACES: Readonly<Record<string, string>> = {
  fork: 'another one stands at this place: it was sent from an older state, or by a second holder of the key',
  gap: 'it is ahead of all that was known: the service was restored from a backup',
  revival: 'this epoch was over: it was sent from an older state once more, or by a second holder of the key',
  'second-holder': 'somebody goes on where this epoch ended, and somebody else in the next: two hold the key',
};

/** The epochs of a chain by letters, the oldest first; `?` for one that is not remembered. */
export function epochNames({ epoch, closed }: DeviceChain): (id: string) => string {
  const ids = [...closed.map(({ id }) => id), epoch];
  return (id) => (ids.includes(id) ? String.fromCharCode(65 + ids.indexOf(id)) : '?');
}

const span = (seq: number): string => (seq === 0 ? 'no evidence' : seq === 1 ? 'evidence 1' : `evidence 1 to ${seq}`);

/** What was accepted, epoch by epoch, and what was not, in the order in which it came. Empty for a chain that never branched. */
export function branchRows(chain: DeviceChain, branches: readonly DeviceBranch[], now?: number): string[][] {
  const { epoch, head, closed } = chain;
  if (closed.length === 0 && branches.length === 0) return [];
  const name = epochNames(chain);
  const epochs = [...closed, { id: epoch, seq: head?.epoch === epoch ? head.seq : 0 }];
  return [
    ...epochs.map(({ id, seq }) => [name(id), span(seq), '', `accepted in epoch ${id}${id === epoch ? ', which is open' : ''}`]),
    ...branches.map((branch) => [
      name(branch.epoch),
      `evidence ${branch.seq}`,
      ago(branch.receivedAt, now),
      `refused (${branch.place}): ${PLACES[branch.place] ?? ''}. ${branch.opened === null ? 'Quarantined.' : `Its sender was told to go on in ${name(branch.opened)}.`}`,
    ]),
  ];
}

/** What to do about a state; undefined where there is nothing to do. */
export function adviceFor(state: DeviceState, id: string): string | undefined {
  switch (state) {
    case 'pending':
      return `Do you know this device? stance device approve ${id} --reason …`;
    case 'suspect':
      return 'Nothing yet: access is challenged meanwhile. A device that was restored from a backup is well again with its second report; a copy is found by then.';
    case 'quarantined':
      return `Find out where its disk or state folder was copied to. On the machine that is meant: stance unenroll, then stance enroll, which makes a new key; approve that device. Then: stance device revoke ${id} --reason …`;
    default:
      return undefined;
  }
}
