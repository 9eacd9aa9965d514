/** A service for tests, in memory and without a socket, with a clock that stands still until it is moved; and devices that join it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signEnrollment } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { DEFAULT_POLICIES, readPolicyFolder } from '../../src/cli/policy-files.ts';
import { EVIDENCE_MEDIA_TYPE, type EvidenceClaims, type Reading, type Signer } from '../../src/model/index.ts';
import { type ServiceOptions, startService } from '../../src/service/index.ts';
import { claimsOf, createSigner, signClaims, uptime } from '../attest/device.ts';

export const ADMIN = 'an-administrators-token';
export const NOW = Date.parse('2026-11-24T08:00:00Z');

export const folder = (): string => mkdtempSync(path.join(tmpdir(), 'stance-service-'));

/** `startAt`: what its clock says when it starts. */
export async function createTestService(options: Partial<ServiceOptions> = {}, startAt = NOW) {
  let now = startAt;
  const service = await startService({
    listen: '127.0.0.1:0',
    store: 'memory:',
    state: folder(),
    policies: readPolicyFolder(DEFAULT_POLICIES),
    version: 'test',
    adminToken: ADMIN,
    now: () => now,
    ...options,
  });
  const call = async (method: 'GET' | 'POST' | 'DELETE', url: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await service.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${ADMIN}`,
        ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: () => JSON.parse(answer.body) };
  };
  return {
    ...service,
    call,
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    report: (jws: string) => call('POST', '/v1/evidence', jws, { 'content-type': EVIDENCE_MEDIA_TYPE }),
    enrollmentToken: async (grant: object = { approves: true }): Promise<string> =>
      (await call('POST', '/v1/enrollment-tokens', { expiresInSeconds: 600, ...grant })).json().token,
  };
}
export type TestService = Awaited<ReturnType<typeof createTestService>>;

/** A device that has joined, and signs what comes next in its chain. */
export async function joinDevice(service: TestService, signer: Signer = createSigner(), joining: { grant?: object; description?: object } = {}) {
  const { nonce, audience } = (await service.call('POST', '/v1/nonces', { purpose: 'enrollment' })).json();
  const proof = await signEnrollment(
    { iat: Math.floor(service.now() / 1000), jti: 'j', aud: audience, eat_nonce: nonce, jwk: signer.publicJwk, platform: 'linux' },
    signer,
    sha256,
  );
  const answer = await service.call('POST', '/v1/enrollments', {
    token: await service.enrollmentToken(joining.grant),
    proof,
    description: joining.description ?? {},
  });
  const joined = answer.json();
  const chain = { epoch: joined.epoch as string, seq: 1, prev: null as string | null, nonce: joined.nonce as string };
  const claims = (readings: readonly Reading[] = [uptime()], kind: 'full' | 'heartbeat' = 'full'): EvidenceClaims =>
    claimsOf({ device: joined.device, audience, nonce: chain.nonce, epoch: chain.epoch, seq: chain.seq, prev: chain.prev }, readings, service.now(), kind);
  return {
    id: joined.device as string,
    signer,
    joined,
    status: answer.status,
    chain,
    claims,
    sign: (change: Partial<EvidenceClaims> = {}, readings?: readonly Reading[], kind?: 'full' | 'heartbeat') =>
      signClaims({ ...claims(readings, kind), ...change }, signer),
    /** A fresh nonce, where time has passed since the last. */
    async renew() {
      chain.nonce = (await service.call('POST', '/v1/nonces', { purpose: 'evidence', device: joined.device })).json().nonce;
    },
    /** Reports and moves on. */
    async report(readings?: readonly Reading[], kind?: 'full' | 'heartbeat') {
      service.pass(1000);
      const { jws, hash } = await signClaims(claims(readings, kind), signer);
      const answered = await service.report(jws);
      if (answered.status === 200) Object.assign(chain, { seq: chain.seq + 1, prev: hash, nonce: answered.json().nonce });
      return { ...answered, jws, hash };
    },
  };
}
