/**
 * Where an evidence stands in the chain of its device. Pure; DESIGN section 5.
 *
 * A chain is one run of evidence after the other, in epochs. A new epoch is opened when an evidence does not extend the head,
 * and only the answer to that evidence tells its id. So whoever signs in it is whoever asked; and whoever goes on in an
 * epoch that was closed meanwhile is somebody else with the same key.
 */
import type { DeviceState, EcPublicJwk, EvidenceClaims } from '../model/index.ts';

/** The last accepted evidence. */
export interface ChainHead {
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  /** Digest of the readings that the service knows; a heartbeat may only repeat it. */
  readonly digest: string;
}

/** An epoch that is over, and the last evidence that was accepted in it; `seq` 0: none was, and `hash` is what its first would have cited. */
export interface ClosedEpoch {
  readonly id: string;
  /** What closed it. After a gap the service itself was restored, so where the epoch ended says nothing of who made its end. */
  readonly by: Exclude<Place, 'extends' | 'second-holder'>;
  readonly seq: number;
  readonly hash: string | null;
}

/** What the service knows of the device that an evidence names. */
export interface KnownDevice {
  readonly id: string;
  readonly jwk: EcPublicJwk;
  /** The key before the last rotation: what it signed may still be asked about, and nothing new is taken under it. */
  readonly previousJwk: EcPublicJwk | null;
  readonly state: DeviceState;
  /** The open epoch. */
  readonly epoch: string;
  /** Hash of the evidence whose refusal opened it; null for the one that enrollment gave. */
  readonly openedBy: string | null;
  readonly head: ChainHead | null;
  /** The newest last. */
  readonly closed: readonly ClosedEpoch[];
  /** A nonce minted at or before this moment (ms) is used up: a nonce counts once because the next must be younger. */
  readonly nonceFloor: number;
}

/**
 * - `extends`: right behind the head, or first of the open epoch.
 * - `gap`: ahead of all that is known here; the service was restored.
 * - `fork`: it does not extend the head; the device was restored, or there are two.
 * - `revival`: of a closed epoch, from an older state; restored once more, or a second holder. What it opens is told to nobody else, so
 *   when somebody goes on in what it closed, there are two.
 * - `second-holder`: it goes on where a closed epoch ended, though its closing was told to somebody else. Two live.
 */
export type Place = 'extends' | 'gap' | 'fork' | 'revival' | 'second-holder';

/** Closed epochs that are remembered; evidence of an older one counts as ahead of all that is known. */
export const MAX_CLOSED_EPOCHS = 16;

/** The place of an evidence whose nonce is fresh: younger than every closing. */
export function placeOf({ stance }: EvidenceClaims, device: KnownDevice): Place {
  const { head, epoch } = device;
  if (stance.epoch === epoch) {
    const next = head?.epoch === epoch ? head.seq + 1 : 1;
    if (stance.seq > next) return 'gap';
    return stance.seq === next && stance.prev === (head?.hash ?? null) ? 'extends' : 'fork';
  }
  const closed = device.closed.find(({ id }) => id === stance.epoch);
  if (closed === undefined) return 'gap';
  return closed.by !== 'gap' && stance.seq === closed.seq + 1 && stance.prev === closed.hash ? 'second-holder' : 'revival';
}

/** The closed epochs of a device after its open one is closed too. */
export function closeEpoch({ epoch, head, closed }: KnownDevice, by: ClosedEpoch['by']): readonly ClosedEpoch[] {
  const used = head?.epoch === epoch;
  return [...closed, { id: epoch, by, seq: used ? head.seq : 0, hash: head?.hash ?? null }].slice(-MAX_CLOSED_EPOCHS);
}
