/** A device for tests: a fresh key, and evidence as an agent would sign it. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { digestReadings, signEvidence } from '../../src/attest/index.ts';
import { sha256, signerOf } from '../../src/attest/node.ts';
import { EVIDENCE_PROFILE, type EvidenceClaims, type Reading, type Signer } from '../../src/model/index.ts';

export const createSigner = (): Signer => signerOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

export const uptime = (bootedAt = '2026-11-20T08:00:00.000Z'): Reading => ({
  check: 'device.uptime',
  status: 'known',
  value: { bootedAt },
  method: '/proc/uptime',
  readAt: '2026-11-24T08:00:00.000Z',
  tookMs: 1,
});

export interface Place {
  readonly device: string;
  readonly audience: string;
  readonly nonce: string;
  readonly epoch: string;
  readonly seq: number;
  readonly prev: string | null;
}

/** Claims of full evidence, or of a heartbeat over the same readings. */
export function claimsOf(place: Place, readings: readonly Reading[], now: number, kind: 'full' | 'heartbeat' = 'full'): EvidenceClaims {
  const common = {
    observedAt: new Date(now).toISOString(),
    privilege: 'user' as const,
    platform: 'linux' as const,
    epoch: place.epoch,
    seq: place.seq,
    prev: place.prev,
    digest: digestReadings(readings, sha256),
  };
  return {
    eat_profile: EVIDENCE_PROFILE,
    iat: Math.floor(now / 1000),
    jti: randomUUID(),
    iss: place.device,
    aud: place.audience,
    eat_nonce: place.nonce,
    swname: 'stance',
    swversion: ['0.1.0'],
    stance: kind === 'full' ? { kind, ...common, readings: [...readings] } : { kind, ...common, oldestReadAt: { cheap: common.observedAt } },
  };
}

export const signClaims = (claims: EvidenceClaims, signer: Signer): Promise<{ jws: string; hash: string }> => signEvidence(claims, signer, sha256);
