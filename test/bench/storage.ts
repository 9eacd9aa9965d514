/**
 * What a device costs on disk: it reports every five minutes for a year and nothing about it changes. Its agent's own claims, signed
 * and taken by the real service on a real database file, whose maintenance runs once a day; only the clock is made up, and there is
 * no socket. Measured is how much the file has grown, free pages and all.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { claimsOf } from '../../src/agent/claims.ts';
import { type Chain, type Enrollment, newChain } from '../../src/agent/state.ts';
import { signEnrollment, signEvidence } from '../../src/attest/index.ts';
import { sha256, signerOf } from '../../src/attest/node.ts';
import { CATALOGUE } from '../../src/checks/index.ts';
import { readChecks } from '../../src/checks/run.ts';
import { DEFAULT_POLICIES, readPolicyFolder } from '../../src/cli/policy-files.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { type EnrollmentAnswer, EVIDENCE_MEDIA_TYPE, type EvidenceAnswer, type NonceAnswer, type Reading } from '../../src/model/index.ts';
import { type RunningService, startService } from '../../src/service/index.ts';
import type { Measurement } from './main.ts';

const DEVICES = 4;
const YEAR = 365;
const DAYS = Number(process.env.STANCE_BENCH_DAYS ?? 42);
/** Whole weeks: full evidence comes once in each. */
const LAST = 28;
const EVERY_MS = 5 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_BYTES = 2_000_000;
const TOKEN = 'a-token-for-the-bench';
const laptop = parseRecording(readFileSync(new URL('../hosts/ubuntu-laptop.json', import.meta.url), 'utf8'));

async function post<T>(service: RunningService, url: string, body: string, type = 'application/json'): Promise<T> {
  const headers = { 'content-type': type, authorization: `Bearer ${TOKEN}`, 'stance-baseline': baselineVersion };
  const answer = await service.app.inject({ method: 'POST', url, payload: body, headers });
  if (answer.statusCode >= 300) throw new Error(`${url} answered ${answer.body}`);
  return JSON.parse(answer.body) as T;
}
/** The agent names the one that it has, so that it is not sent each time. */
let baselineVersion = '';

/** A device that has joined: a function that reports once. */
async function join(service: RunningService, token: string, readings: readonly Reading[], now: () => number): Promise<() => Promise<void>> {
  const signer = signerOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const { nonce, audience } = await post<NonceAnswer>(service, '/v1/nonces', JSON.stringify({ purpose: 'enrollment' }));
  const wish = { iat: Math.floor(now() / 1000), jti: 'bench', aud: audience, eat_nonce: nonce, jwk: signer.publicJwk, platform: 'linux' as const };
  const joined = await post<EnrollmentAnswer>(service, '/v1/enrollments', JSON.stringify({ token, proof: await signEnrollment(wish, signer, sha256) }));
  baselineVersion = joined.baseline?.version ?? '';
  const enrollment: Enrollment = { server: service.url, device: joined.device, assurance: joined.assurance, audience, jwk: signer.publicJwk };
  const host = createRecordedHost(laptop);
  let chain: Chain = newChain(joined.epoch, joined.nonce, 0, 0);
  return async () => {
    const at = now();
    const fresh = readings.map((reading) => ({ ...reading, readAt: new Date(at).toISOString() }));
    const about = { readings: fresh, waited: false, observedAt: at, now: at, nonce: chain.nonce ?? '', next: null };
    const claims = await claimsOf({ enrollment, chain, ...about, host, checks: CATALOGUE, version: '0.1.0' });
    const { jws, hash } = await signEvidence(claims, signer, sha256);
    const answer = await post<EvidenceAnswer>(service, '/v1/evidence', jws, EVIDENCE_MEDIA_TYPE);
    if (answer.result !== 'accepted') throw new Error(`The evidence is ${answer.result}.`);
    const { seq, digest, kind, bootedAt } = claims.stance;
    const lastFull = { at: new Date(at).toISOString(), version: '0.1.0', checks: CATALOGUE.length, ...(bootedAt === undefined ? {} : { bootedAt }) };
    chain = { ...chain, seq, hash, digest, nonce: answer.nonce, ...(kind === 'full' ? { lastFull, anchor: hash } : {}) };
  };
}

export async function run(): Promise<Measurement> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-bench-'));
  const file = path.join(folder, 'service.db');
  let now = Date.parse('2026-01-01T00:00:00Z');
  const options = { listen: '127.0.0.1:0', store: `sqlite:${file}`, state: folder, policies: readPolicyFolder(DEFAULT_POLICIES), version: 'bench' };
  try {
    const service = await startService({ ...options, adminToken: TOKEN, now: () => now });
    /** The file once all that is in the log stands in it. */
    function grownTo(): number {
      const database = new DatabaseSync(file);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
      return statSync(file).size;
    }
    const empty = grownTo();
    const { token } = await post<{ token: string }>(service, '/v1/enrollment-tokens', JSON.stringify({ uses: DEVICES, approves: true }));
    const readings = await readChecks(CATALOGUE, createRecordedHost(laptop));
    const devices = await Promise.all(Array.from({ length: DEVICES }, () => join(service, token, readings, () => now)));
    let before = 0;
    for (let day = 0; day < DAYS; day++) {
      if (day === DAYS - LAST) before = grownTo();
      for (let passed = 0; passed < DAY_MS; passed += EVERY_MS) {
        await Promise.all(devices.map((report) => report()));
        now += EVERY_MS;
      }
      await service.maintain();
    }
    const after = grownTo();
    await service.close();
    const perDay = (after - before) / LAST;
    const year = after - empty + (YEAR - DAYS) * perDay;
    return {
      name: 'storage: a device that reports every 5 minutes for a year, nothing changes',
      ours: year / DEVICES,
      yardstick: MAX_BYTES,
      unit: 'bytes (the yardstick is the bound)',
      ratio: year / DEVICES / MAX_BYTES,
      must: `<= ${MAX_BYTES / 1e6} MB`,
      held: year / DEVICES <= MAX_BYTES,
      notes:
        `growth of the database file for each of ${DEVICES} devices; ${DAYS} days of ${DAY_MS / EVERY_MS} reports measured: ${Math.round((after - empty) / DEVICES)} bytes` +
        (DAYS === YEAR ? '' : `, the other ${YEAR - DAYS} by what each of the last ${LAST} added: ${Math.round(perDay / DEVICES)} bytes`),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
