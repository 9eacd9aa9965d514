/** What an observation becomes when it is signed. */
import { randomUUID } from 'node:crypto';
import { digestReadings, signRotation, thumbprint } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { type Check, EVIDENCE_PROFILE, type EvidenceClaims, type Host, type Posture, type Reading, type Signer } from '../model/index.ts';
import type { Chain, Enrollment } from './state.ts';

const FULL_EVERY_MS = 7 * 24 * 60 * 60 * 1000;

export interface ToSign {
  readonly enrollment: Enrollment;
  readonly chain: Chain;
  readonly readings: readonly Reading[];
  /** It is not the observation of this report, but one that waited. */
  readonly waited: boolean;
  /** Both by the service's clock, ms since the epoch. */
  readonly observedAt: number;
  readonly now: number;
  readonly nonce: string;
  /** The key that takes over. */
  readonly next: Signer | null;
  readonly host: Pick<Host, 'os' | 'user'>;
  readonly checks: readonly Check[];
  readonly version: string;
}

export const bootedAtOf = (readings: readonly Reading[]): string | undefined => {
  const uptime = readings.find(({ check }) => check === 'device.uptime');
  return uptime?.status === 'known' ? (uptime.value as { bootedAt: string }).bootedAt : undefined;
};

/** How old the oldest reading of each cost class is; a heartbeat says no more of its readings. */
function oldestOf(readings: readonly Reading[], checks: readonly Check[]): Extract<Posture, { kind: 'heartbeat' }>['oldestReadAt'] {
  const oldest: Record<string, string> = {};
  for (const { check, readAt } of readings) {
    const cost = checks.find(({ id }) => id === check)?.cost;
    if (cost !== undefined && (oldest[cost] === undefined || readAt < oldest[cost])) oldest[cost] = readAt;
  }
  return oldest;
}

/** Full after a change, a boot, a new agent or catalogue, and weekly; a heartbeat otherwise. A new key comes with full evidence. */
function needsFull({ chain, next, version, checks, now }: ToSign, digest: string, bootedAt: string | undefined): boolean {
  const { lastFull } = chain;
  return (
    lastFull === null ||
    next !== null ||
    chain.digest !== digest ||
    lastFull.version !== version ||
    lastFull.checks !== checks.length ||
    lastFull.bootedAt !== bootedAt ||
    now - Date.parse(lastFull.at) > FULL_EVERY_MS
  );
}

async function rotationTo(next: Signer, { enrollment, nonce }: ToSign) {
  const from = thumbprint(enrollment.jwk, sha256);
  return { jwk: next.publicJwk, proof: await signRotation({ iss: enrollment.device, aud: enrollment.audience, eat_nonce: nonce, from }, next, sha256) };
}

export async function claimsOf(signing: ToSign): Promise<EvidenceClaims> {
  const { enrollment, chain, readings, nonce, next, host, checks, version } = signing;
  const digest = digestReadings(readings, sha256);
  const bootedAt = bootedAtOf(readings);
  const place = {
    observedAt: new Date(signing.observedAt).toISOString(),
    ...(signing.waited ? { waited: true as const } : {}),
    privilege: host.user.uid === 0 ? ('system' as const) : ('user' as const),
    platform: host.os,
    ...(bootedAt === undefined ? {} : { bootedAt }),
    epoch: chain.epoch,
    seq: chain.seq + 1,
    prev: chain.hash,
    ...(chain.branch === null ? {} : { branch: chain.branch }),
    digest,
  };
  const stance: Posture = needsFull(signing, digest, bootedAt)
    ? {
        kind: 'full',
        ...place,
        readings: [...readings],
        ...(chain.anchor === null ? {} : { anchor: chain.anchor }),
        ...(next === null ? {} : { rotation: await rotationTo(next, signing) }),
      }
    : { kind: 'heartbeat', ...place, oldestReadAt: oldestOf(readings, checks) };
  return {
    eat_profile: EVIDENCE_PROFILE,
    iat: Math.floor(signing.now / 1000),
    jti: randomUUID(),
    iss: enrollment.device,
    aud: enrollment.audience,
    eat_nonce: nonce,
    swname: 'stance',
    swversion: [version, 'semver'],
    stance,
  };
}
