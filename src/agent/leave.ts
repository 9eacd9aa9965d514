/** Leaving a service in good order. */
import { randomUUID } from 'node:crypto';
import { signRetirement } from '../attest/index.ts';
import { sha256 } from '../attest/node.ts';
import { type Signer, StanceError } from '../model/index.ts';
import type { Client } from './client.ts';
import type { Enrollment } from './state.ts';

/** Refusals that say: there is nothing left to leave. */
const GONE = new Set(['device-unknown', 'device-revoked', 'device-quarantined', 'device-retired']);

/** Tells the service. `force`: a service that cannot be told is left all the same. @throws StanceError */
export async function leave({ device, audience }: Enrollment, client: Client, signer: Signer, force: boolean): Promise<void> {
  try {
    const { nonce, serviceTime } = await client.nonce({ purpose: 'retirement', device });
    const claims = { iat: Math.floor(Date.parse(serviceTime) / 1000), jti: randomUUID(), iss: device, aud: audience, eat_nonce: nonce };
    await client.retire(device, await signRetirement(claims, signer, sha256));
  } catch (error) {
    if (error instanceof StanceError && GONE.has(error.code)) return;
    if (!force) throw error;
  }
}
