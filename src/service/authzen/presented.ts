/**
 * The device that is asked about by an attestation result which it brought (`context.device.attestation_result`): one that this service
 * signed, and that has not expired. So a relying party that knows devices by names of its own can ask for a decision, and whoever
 * asks need not be believed which device it is. It is no proof that the sender sits at that device (docs/verify.md).
 */
import { decodeAttestationResult } from '../../attest/index.ts';
import { verifySignature } from '../../attest/node.ts';
import { type EvaluationRequest, StanceError } from '../../model/index.ts';
import type { Context } from '../context.ts';

/** Longer than any result: one takes 2 to 3 KiB. */
const MAX_CHARACTERS = 16 * 1024;

export interface Presented {
  /** The request, with the device by its id; with none where the result is not to be believed. */
  readonly request: EvaluationRequest;
  /** What the caller knows the device by, where that is not its id: the answer must not tell the id. */
  readonly name?: string;
}

type Needs = Pick<Context, 'keys' | 'url' | 'now'>;

function deviceIn(compact: string, { keys, url, now }: Needs): { readonly id: string; readonly name: string } | undefined {
  if (compact.length > MAX_CHARACTERS) return undefined;
  try {
    const { claims, header, signingInput, signature } = decodeAttestationResult(compact);
    const key = keys.jwks('results').keys.find(({ kid }) => kid === header.kid);
    if (key === undefined || !verifySignature(signingInput, signature, key)) return undefined;
    if (claims.iss !== url() || claims.exp * 1000 <= now()) return undefined;
    const name = claims.stance.device;
    const id = claims.aud === undefined ? name : keys.pairwise.deviceOf(claims.aud, name);
    return id === undefined ? undefined : { id, name };
  } catch (error) {
    if (error instanceof StanceError) return undefined;
    throw error;
  }
}

/** `undefined` where the request brings no attestation result. */
export function presentedBy(request: EvaluationRequest, needs: Needs): Presented | undefined {
  const device = request.context?.device;
  if (typeof device !== 'object' || device === null || !('attestation_result' in device)) return undefined;
  const { attestation_result: compact } = device;
  const found = typeof compact === 'string' ? deviceIn(compact, needs) : undefined;
  // The result itself is not kept with the decision. Without a device that can be told, the session is on none.
  const asked = { ...request, context: { ...request.context, device: found === undefined ? {} : { id: found.id } } };
  return { request: asked, ...(found === undefined || found.name === found.id ? {} : { name: found.name }) };
}
