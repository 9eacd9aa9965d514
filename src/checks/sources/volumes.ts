/** What the checks of disk encryption say of a volume, on every system, and what it means. */
import { type Static, Type } from 'typebox';
import { DoorError, fail, type Judgement, pass, UnparsableError, undecided } from '../../model/index.ts';
import type { Leg } from './block-stack.ts';

export const VOLUME_STATES = [
  'encrypted',
  'plain',
  'encrypting',
  'decrypting',
  'suspended', // encrypted, and the key lies beside the data in the clear
  'waiting', // encrypted, and in the clear until an account keeps the recovery key
  'locked', // encrypted, and nobody has unlocked it
  'not-encryptable',
  'after-restart', // plain; encryption begins at the next restart
  'deferred', // plain; encryption begins when the person logs in
  'unknown',
] as const;
export type VolumeState = (typeof VOLUME_STATES)[number];

export const Volume = Type.Object({
  /** Mount point or drive letter; `swap`; role and device of an APFS volume. */
  mount: Type.String({ maxLength: 200 }),
  state: Type.Enum(VOLUME_STATES),
  /** Kinds of encryption found, sorted. */
  by: Type.Array(Type.String({ maxLength: 20 }), { maxItems: 10 }),
  /** Kernel names of the disks or partitions that lie in plain. */
  plain: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 50 }),
});
export type Volume = Static<typeof Volume>;

export const volumeOf = (mount: string, state: VolumeState, by: string): Volume => ({
  mount: mount.slice(0, 200),
  state,
  by: ['plain', 'not-encryptable', 'after-restart', 'deferred', 'unknown'].includes(state) ? [] : [by],
  plain: [],
});

/** A mount point as it is reported: without the name of the person whose it is. */
export const placeOf = (point: string): string => point.replace(/^(\/(?:var\/)?home|\/(?:run\/)?media)\/[^/]+/, '$1/…').slice(0, 200);

/** A volume of Linux, out of the ways down to its disks. */
export function volumeOnLegs(mount: string, legs: readonly Leg[]): Volume {
  const plain = legs.filter(({ encryption }) => encryption === null).map(({ device }) => device);
  const by = legs.flatMap(({ encryption }) => (encryption === null ? [] : [encryption]));
  const state = plain.length > 0 ? 'plain' : legs.some(({ converting }) => converting === true) ? 'encrypting' : 'encrypted';
  return { mount: placeOf(mount), state, by: [...new Set(by)].sort().slice(0, 10), plain: [...new Set(plain)].sort().slice(0, 50) };
}

const NOT_PROTECTED: Partial<Record<VolumeState, (mount: string) => string>> = {
  decrypting: (mount) => `${mount} is being decrypted.`,
  suspended: (mount) => `The protection of ${mount} is suspended: the key lies on the disk in the clear.`,
  waiting: (mount) => `${mount} is encrypted, but not protected: it waits for an account that keeps the recovery key.`,
  'not-encryptable': (mount) => `${mount} is not encrypted, and cannot be as it is.`,
  'after-restart': (mount) => `${mount} is not encrypted yet: that begins after the next restart.`,
  deferred: (mount) => `${mount} is not encrypted yet: that begins when the person logs in the next time.`,
};

/** Why a volume fails; undefined for one that does not. */
export function complaintOf({ mount, state, plain }: Volume): string | undefined {
  if (state === 'plain') return `${mount} is not encrypted${plain.length === 0 ? '.' : `: it lies in plain on ${plain.join(', ')}.`}`;
  return NOT_PROTECTED[state]?.(mount);
}

export const isBad = (volume: Volume): boolean => complaintOf(volume) !== undefined;
const isProtected = ({ state }: Volume): boolean => state === 'encrypted' || state === 'locked';

export function judgeVolumes(volumes: readonly Volume[]): Judgement {
  const complaint = volumes.map(complaintOf).find((sentence) => sentence !== undefined);
  if (complaint !== undefined) return fail(complaint);
  const open = volumes.find((volume) => !isProtected(volume));
  // Parts of the disk still lie in plain, and nothing says which.
  if (open !== undefined)
    return undecided(
      open.state === 'encrypting' ? `${open.mount} is being encrypted: that is not finished.` : `Whether ${open.mount} is encrypted is not known.`,
    );
  return pass(`Encrypted by ${[...new Set(volumes.flatMap(({ by }) => by))].join(', ')}.`);
}

/** The answer, or what it failed with, where one failure must not hide what others found. */
export async function tried<T>(work: Promise<T>): Promise<T | Error> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DoorError || error instanceof UnparsableError) return error;
    throw error;
  }
}

/**
 * What could be read. One that is bad is an answer although others stayed unknown; one that is good is not.
 * @throws the first failure, where nothing that was read is bad.
 */
export function decisive<T extends object>(answers: readonly (T | Error)[], isBad: (answer: T) => boolean): T[] {
  const found = answers.filter((answer): answer is T => !(answer instanceof Error));
  const failure = answers.find((answer) => answer instanceof Error);
  if (failure !== undefined && !found.some(isBad)) throw failure;
  return found;
}
