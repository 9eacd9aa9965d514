/** Joining a service: a nonce, a proof that the key is held, a token. */
import { randomUUID } from 'node:crypto';
import { signEnrollment } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { describeDevice } from '../host/index.ts';
import type { Platform, Signer } from '../model/index.ts';
import type { Client } from './client.ts';
import type { AgentState, Enrollment } from './state.ts';

export interface EnrollmentWish {
  readonly server: string;
  readonly token: string;
  readonly platform: Platform;
  /** A recorded machine is not this one: it gets no description of it. */
  readonly describe: boolean;
}

/** Enrolls, and keeps what the service answered. @throws StanceError of the service, or `state-unwritable`. */
export async function enroll(state: AgentState, client: Client, signer: Signer, wish: EnrollmentWish): Promise<Enrollment> {
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
  const description = wish.describe ? await describeDevice(audience) : undefined;
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
  };
  const chain = { epoch: answer.epoch, seq: 0, hash: null, digest: null, lastFull: null, pending: null, nonce: answer.nonce, lastReportedAt: null };
  state.join({ enrollment, chain, baseline: answer.baseline });
  return enrollment;
}
