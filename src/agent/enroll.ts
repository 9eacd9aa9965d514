/** Joining a service: a nonce, a proof that the key is held, a token. */
import { randomUUID } from 'node:crypto';
import { signEnrollment } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import type { describeDevice } from '../host/index.ts';
import type { Platform, Signer } from '../model/index.ts';
import { createClient } from './client.ts';
import type { Wish } from './following.ts';
import type { Fetch } from './http.ts';
import { findPinned, parsePin, trustFor } from './pin.ts';
import { type AgentState, type Enrollment, newChain } from './state.ts';

export interface EnrollmentWish extends Wish {
  readonly platform: Platform;
  /** Undefined for a recorded machine, which is not this one: it gets no description of it. */
  readonly describe: typeof describeDevice | undefined;
  /** The last observation that does not count for the new device. */
  readonly observed: number;
}

/** Enrolls with a new key, and keeps what the service answered. @throws StanceError of the service, `pin-mismatch`, or `state-unwritable`. */
export async function enroll(state: AgentState, fetcher: Fetch, createKey: () => Signer, wish: EnrollmentWish): Promise<Enrollment> {
  const client = createClient(wish.server, fetcher);
  const pinned = wish.caPin === undefined ? {} : { ca: await findPinned(wish.server, parsePin(wish.caPin)) };
  trustFor(pinned);
  const signer = createKey();
  const { nonce, audience, serviceTime } = await client.nonce({ purpose: 'enrollment' });
  const claims = {
    iat: Math.floor(Date.parse(serviceTime) / 1000),
    jti: randomUUID(),
    aud: audience,
    eat_nonce: nonce,
    jwk: signer.publicJwk,
    platform: wish.platform,
  };
  // The audience is the organisation's service: hashing with it keeps two organisations from comparing their devices.
  const description = await wish.describe?.(audience, { serialNumber: wish.serialNumber === true });
  const answer = await client.enroll({
    token: wish.token,
    proof: await signEnrollment(claims, signer, sha256),
    ...(description === undefined ? {} : { description }),
  });
  const enrollment: Enrollment = {
    server: wish.server,
    device: answer.device,
    assurance: answer.assurance,
    audience: answer.audience,
    jwk: signer.publicJwk,
    ...pinned,
    ...(description?.serialNumber === undefined ? {} : { serialNumber: description.serialNumber }),
  };
  // Numbers of observations go on rising, so that what waited under the old enrollment is not taken for acknowledged, nor reported.
  const clockOffsetMs = Math.round(Date.parse(answer.serviceTime) - Date.now());
  state.join({
    enrollment,
    nextJwk: null,
    previousJwk: null,
    chain: newChain(answer.epoch, answer.nonce, clockOffsetMs, wish.observed),
    baseline: answer.baseline,
  });
  return enrollment;
}
