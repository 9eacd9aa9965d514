/** Joining a service: a nonce, a proof that the key is held, a token; and again with the same key, where no answer came. */
import { randomUUID } from 'node:crypto';
import { signEnrollment } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import type { describeDevice } from '../host/index.ts';
import { type EcPublicJwk, type EnrollmentAnswer, type EnrollmentRequest, ERRORS, type Platform, type Signer, StanceError } from '../model/index.ts';
import { type Client, createClient } from './client.ts';
import type { Fetch } from './http.ts';
import { findPinned, parsePin, trustFor } from './pin.ts';
import { type AgentState, type Enrollment, newChain } from './state.ts';
import { idOf, type Wish } from './wish.ts';

export interface EnrollmentWish extends Wish {
  readonly platform: Platform;
  /** Undefined for a recorded machine, which is not this one: it gets no description of it. */
  readonly describe: typeof describeDevice | undefined;
  /** The last observation that does not count for the new device. */
  readonly observed: number;
  /** ms since the epoch, by this device. */
  readonly now: () => number;
}

/** Where the device's keys are. */
export interface DeviceKeys {
  create(): Signer;
  has(jwk: EcPublicJwk): boolean;
  /** @throws StanceError `state-corrupt` */
  open(jwk: EcPublicJwk): Signer;
}

/** Whether the service may have taken it all the same: no answer came, or one of somebody else. */
const isOpen = (error: unknown): boolean => !(error instanceof StanceError) || ERRORS[error.code].status >= 500;

/** The key that asked for the same before and was not answered, or a new one. */
function keyFor(wish: Wish, { joining }: AgentState, keys: DeviceKeys): Signer {
  const before = joining.read();
  if (before?.with === idOf(wish) && keys.has(before.jwk)) return keys.open(before.jwk);
  const signer = keys.create();
  joining.write({ with: idOf(wish), jwk: signer.publicJwk });
  return signer;
}

async function ask(client: Client, request: EnrollmentRequest, { joining }: AgentState): Promise<EnrollmentAnswer> {
  try {
    return await client.enroll(request);
  } catch (error) {
    if (!isOpen(error)) joining.remove();
    throw error;
  }
}

/** Enrolls with a new key, and keeps what the service answered. @throws StanceError of the service, `pin-mismatch`, or `state-unwritable`. */
export async function enroll(state: AgentState, fetcher: Fetch, keys: DeviceKeys, wish: EnrollmentWish): Promise<Enrollment> {
  const client = createClient(wish.server, fetcher);
  const pinned = wish.caPin === undefined ? {} : { ca: await findPinned(wish.server, parsePin(wish.caPin)) };
  trustFor(pinned);
  const { nonce, audience, serviceTime } = await client.nonce({ purpose: 'enrollment' });
  const signer = keyFor(wish, state, keys);
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
  const proof = await signEnrollment(claims, signer, sha256);
  const answer = await ask(client, { token: wish.token, proof, ...(description === undefined ? {} : { description }) }, state);
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
  const clockOffsetMs = Math.round(Date.parse(answer.serviceTime) - wish.now());
  state.join({
    enrollment,
    nextJwk: null,
    previousJwk: null,
    chain: newChain(answer.epoch, answer.nonce, clockOffsetMs, wish.observed),
    baseline: answer.baseline,
  });
  state.joining.remove();
  return enrollment;
}
