/** Evidence that verifies and does not extend its chain: what it makes of the device. DESIGN section 5. */
import { randomBytes } from 'node:crypto';
import { closeEpoch, type Place, type VerifiedEvidence } from '../attest/index.ts';
import { type DeviceState, type Reopening, StanceError } from '../model/index.ts';
import { type Context, instant } from './context.ts';
import type { HeldDevice } from './inventory.ts';

export const newEpoch = (): string => randomBytes(16).toString('base64url');

const SAYS: Readonly<Record<Exclude<Place, 'extends'>, string>> = {
  gap: 'It reported evidence that is ahead of all that is known here: the service was restored from a backup.',
  fork: 'It reported evidence that does not extend its chain: it was restored from a backup, or its key is held twice.',
  revival: 'It went on from an older state of a chain that was closed before: it was restored again, or its key is held twice.',
  'second-holder': 'Two devices go on reporting with one key.',
};

const reopeningOf = ({ epoch, head }: HeldDevice): Reopening => ({
  epoch,
  head: head === null ? null : { epoch: head.epoch, seq: head.seq, hash: head.hash },
});

/** The refusal that opened the epoch which is open, once more: its first answer was lost. */
export const reopened = (device: HeldDevice): StanceError =>
  new StanceError('chain-fork', 'This does not extend the chain. Go on in the epoch of this answer.', { extra: { ...reopeningOf(device) } });

/** Keeps the branch, closes the epoch, and gives the refusal that tells the next one. @throws StanceError `store-unavailable` */
export async function branchOff(
  { inventory, now, log }: Context,
  device: HeldDevice,
  { claims, hash, nonceMintedAt }: VerifiedEvidence,
  place: Exclude<Place, 'extends'>,
  jws: string,
): Promise<StanceError> {
  const at = now();
  const opened = place === 'second-holder' ? null : { epoch: newEpoch(), openedBy: hash, closed: closeEpoch(device, place) };
  const state: DeviceState = opened === null ? 'quarantined' : place === 'gap' ? device.state : 'suspect';
  const { epoch, seq } = claims.stance;
  const written = inventory.commit(
    device,
    {
      nonceFloor: Math.max(at, nonceMintedAt),
      state,
      stateReason: state === 'active' ? null : place === 'gap' ? device.stateReason : SAYS[place],
      ...opened,
    },
    { branch: { place, epoch, seq, hash, jws, receivedAt: instant(at), opened: opened?.epoch ?? null } },
  );
  // What is told is what this evidence opened, whatever comes in the same commit.
  const told = reopeningOf(device);
  await written;
  log.warn({ device: device.id, place, epoch, seq, state }, SAYS[place]);
  if (opened === null)
    return new StanceError(
      'device-quarantined',
      'Two devices report with the key of this one, so neither is believed. Enroll this device again and ask your administrator.',
    );
  const code = place === 'gap' ? 'chain-gap' : 'chain-fork';
  return new StanceError(code, 'This does not extend the chain. Go on in the epoch of this answer.', { extra: { ...told } });
}
