/**
 * An agent that is only its protocol: a key, a chain, one evidence in flight. It signs and sends as the real one does, keeps what
 * it was told is accepted, and takes no refusal but those that an innocent device may meet.
 */
import { randomUUID } from 'node:crypto';
import { signEnrollment } from '../../src/attest/index.ts';
import { sha256 } from '../../src/attest/node.ts';
import { EVIDENCE_MEDIA_TYPE, type EvidenceClaims } from '../../src/model/index.ts';
import { claimsOf, createSigner, signClaims, uptime } from '../attest/device.ts';

/** Signed anew with the nonce of the refusal. */
const STALE = new Set(['nonce-invalid', 'nonce-expired', 'nonce-used']);
/** Sent again as it is. */
const LATER = new Set(['store-unavailable', 'rate-limited']);
/** Every so many evidences the posture changes, and all readings are sent. */
const FULL_EVERY = 5;

/** What the service says, of which each answer has a part. */
interface Answer {
  readonly status: number;
  readonly body: { readonly [member in 'audience' | 'device' | 'epoch' | 'nonce' | 'serviceTime' | 'result' | 'code' | 'detail']: string };
}

/** What became of one step: `joined`, `accepted`, `duplicate`, `superseded`, `unreachable`, or the code of a refusal. */
type Step = string;

export function createSimulatedAgent(server: string, token: string) {
  let signer = createSigner();
  let device = '';
  let audience = '';
  const chain = { epoch: '', seq: 0, prev: null as string | null, anchor: undefined as string | undefined, nonce: '' };
  let pending: { readonly jws: string; readonly hash: string; readonly full: boolean } | undefined;
  /** By the service's clock, as last heard; ms since the epoch. */
  let heard = 0;
  const acknowledged: string[] = [];

  async function post(route: string, type: string, body: string): Promise<Answer | undefined> {
    let answer: Answer;
    try {
      const response = await fetch(new URL(route, server), { method: 'POST', headers: { 'content-type': type }, body, signal: AbortSignal.timeout(10_000) });
      answer = { status: response.status, body: (await response.json()) as Answer['body'] };
    } catch {
      return undefined;
    }
    if (answer.body.serviceTime !== undefined) heard = Date.parse(answer.body.serviceTime);
    return answer;
  }

  /** With a new key each time, as the real agent does: an answer that was lost may have made another a device. */
  async function join(): Promise<Step> {
    const first = await post('/v1/nonces', 'application/json', JSON.stringify({ purpose: 'enrollment' }));
    if (first === undefined) return 'unreachable';
    signer = createSigner();
    const claims = { iat: Math.floor(heard / 1000), jti: randomUUID(), aud: first.body.audience, eat_nonce: first.body.nonce, jwk: signer.publicJwk };
    const proof = await signEnrollment({ ...claims, platform: 'linux' }, signer, sha256);
    const joined = await post('/v1/enrollments', 'application/json', JSON.stringify({ token, proof }));
    if (joined === undefined) return 'unreachable';
    if (joined.status !== 201) return joined.body.code;
    ({ device, audience } = joined.body);
    Object.assign(chain, { epoch: joined.body.epoch, nonce: joined.body.nonce });
    return 'joined';
  }

  async function sign(): Promise<NonNullable<typeof pending>> {
    const seq = chain.seq + 1;
    const full = seq % FULL_EVERY === 1;
    const readings = [uptime(new Date(Math.floor((seq - 1) / FULL_EVERY) * 1000).toISOString())];
    const place = { device, audience, nonce: chain.nonce, epoch: chain.epoch, seq, prev: chain.prev };
    const claims = claimsOf(place, readings, heard, full ? 'full' : 'heartbeat');
    const anchored =
      full && chain.anchor !== undefined ? { ...claims, stance: { ...claims.stance, anchor: chain.anchor } as EvidenceClaims['stance'] } : claims;
    return { ...(await signClaims(anchored, signer)), full };
  }

  async function report(): Promise<Step> {
    pending ??= await sign();
    const { jws, hash, full } = pending;
    const answer = await post('/v1/evidence', EVIDENCE_MEDIA_TYPE, jws);
    if (answer === undefined) return 'unreachable';
    if (answer.status === 200) {
      acknowledged.push(hash);
      pending = undefined;
      Object.assign(chain, { seq: chain.seq + 1, prev: hash, nonce: answer.body.nonce, ...(full ? { anchor: hash } : {}) });
      return answer.body.result;
    }
    const { code, nonce } = answer.body;
    if (STALE.has(code)) {
      pending = undefined;
      chain.nonce = nonce;
    } else if (!LATER.has(code)) throw new Error(`An innocent device was refused: ${code}: ${answer.body.detail}`);
    return code;
  }

  return {
    step: (): Promise<Step> => (device === '' ? join() : report()),
    /** Hashes of what it was told is there, in order: number n of its one epoch stands at n − 1. */
    acknowledged: acknowledged as readonly string[],
    get device() {
      return device;
    },
    /** Something was sent, and what became of it is not known. */
    get waits() {
      return device === '' || pending !== undefined;
    },
  };
}
export type SimulatedAgent = ReturnType<typeof createSimulatedAgent>;
