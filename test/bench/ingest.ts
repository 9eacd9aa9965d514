/** Full evidence ingested end to end over HTTP, against a bare fastify route that reads the same body and verifies it with `crypto.verify`. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { digestReadings, signEvidence } from '../../src/attest/index.ts';
import { sha256, signerOf } from '../../src/attest/node.ts';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { DEFAULT_POLICIES, readPolicyFolder } from '../../src/cli/policy-files.ts';
import { createRealHost } from '../../src/host/index.ts';
import { BASELINE_HEADER, EVIDENCE_MEDIA_TYPE, EVIDENCE_PROFILE, type Reading, type Signer } from '../../src/model/index.ts';
import { bundleAnswer, loadPolicies } from '../../src/policy/index.ts';
import { createNonces } from '../../src/service/nonces.ts';
import { buildRequest, compare, dealInLanes, type Lanes, type Speeds } from './load.ts';
import type { Measurement } from './main.ts';
import { pinLoad, startServer } from './server.ts';

const DEVICES = 100;
const ROUNDS = 21;
const WARM_UP = 4;
/** Evidence of each device in each round. */
const EACH = 10;
/** Every such evidence of a device says something else than the others, so that two of as many change how it stands; 0: none does. */
const OTHER = Number(process.env.STANCE_BENCH_CHANGING ?? 0);
const MUST = 0.8;

export interface IngestData {
  readonly folder: string;
  readonly audience: string;
  readonly nonceSecret: Uint8Array;
  readonly devices: readonly { readonly id: string; readonly jwk: Signer['publicJwk']; readonly epoch: string }[];
}

/** What was read, read again at a moment; `other`: and whether the screen locks could not be told. */
const readAgain = (readings: readonly Reading[], readAt: string, other: boolean): Reading[] =>
  readings.map((reading) => {
    const { check, tookMs } = reading;
    return other && check === 'screen.lock' ? { check, status: 'unknown', reason: 'no-data', readAt, tookMs } : { ...reading, readAt };
  });

export async function run(): Promise<Measurement> {
  pinLoad();
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-bench-'));
  const audience = `urn:stance:service:${randomUUID()}`;
  const nonceSecret = randomBytes(32);
  const found = await readChecks(
    CATALOGUE.filter(({ cost }) => cost !== 'slow'),
    createRealHost(),
  );
  const devices = Array.from({ length: DEVICES }, () => ({
    id: randomUUID(),
    signer: signerOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    epoch: 'bench',
    seq: 0,
    prev: null as string | null,
  }));
  const data: IngestData = { folder, audience, nonceSecret, devices: devices.map(({ id, signer, epoch }) => ({ id, jwk: signer.publicJwk, epoch })) };
  const keys = Object.fromEntries(devices.map(({ id, signer }) => [id, signer.publicJwk]));
  const nonceKeys = [{ id: 1, secret: nonceSecret }] as const;
  const nonces = createNonces(() => nonceKeys, Date.now);

  const applying = loadPolicies(readPolicyFolder(DEFAULT_POLICIES)).baselines.filter(({ document }) => document.platforms.includes('linux'));
  const baseline = bundleAnswer({ baselines: applying, exemptions: [] })?.version ?? '';

  /** The next evidence of every device, several times over: in the order in which the service will see them. */
  async function sign(): Promise<Lanes> {
    const requests: { key: number; bytes: Buffer }[] = [];
    for (let turn = 0; turn < EACH; turn++) {
      for (const [key, device] of devices.entries()) {
        const observedAt = new Date().toISOString();
        const readings = readAgain(found, observedAt, OTHER > 0 && device.seq % OTHER === 0);
        const stance = {
          kind: 'full' as const,
          observedAt,
          privilege: 'user' as const,
          platform: 'linux' as const,
          epoch: device.epoch,
          seq: ++device.seq,
          prev: device.prev,
          digest: digestReadings(readings, sha256),
          readings,
        };
        const claims = {
          eat_profile: EVIDENCE_PROFILE,
          iat: Math.floor(Date.now() / 1000),
          jti: randomUUID(),
          iss: device.id,
          aud: audience,
          eat_nonce: nonces.mint(audience, device.id, 'evidence'),
          swname: 'stance',
          swversion: ['0.1.0'],
          stance,
        };
        const { jws, hash } = await signEvidence(claims, device.signer, sha256);
        device.prev = hash;
        // As an agent that knows the baseline in force: it is not sent again.
        requests.push({ key, bytes: buildRequest('/v1/evidence', EVIDENCE_MEDIA_TYPE, jws, { 'x-device': device.id, [BASELINE_HEADER]: baseline }) });
      }
    }
    return dealInLanes(requests);
  }

  const bare = await startServer('./bare-server.ts', { keys });
  const ours = await startServer('./ingest-server.ts', data);
  let speeds: Speeds;
  try {
    speeds = await compare(ROUNDS, WARM_UP, bare.port, ours.port, sign);
  } finally {
    await Promise.all([bare.stop(), ours.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
  const bytes = Math.round(((await sign())[0]?.[0]?.length ?? 0) / 1024);
  return {
    name: 'ingest: full evidence over HTTP, durable',
    ...speeds,
    unit: 'evidence/s',
    must: `>= ${MUST}`,
    held: speeds.ratio >= MUST,
    notes: `${DEVICES} devices, ${bytes} KiB each, ${OTHER > 0 ? `2 of ${OTHER} change how their device stands` : 'read anew and nothing has changed'}, median of ${ROUNDS} rounds of ${DEVICES * EACH}`,
  };
}
