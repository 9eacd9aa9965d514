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

interface Found {
  readonly id: string;
  readonly name: string;
  /** ms since the epoch. */
  readonly until: number;
}

function deviceIn(compact: string, { keys, url }: Needs): Found | undefined {
  if (compact.length > MAX_CHARACTERS) return undefined;
  try {
    const { claims, header, signingInput, signature } = decodeAttestationResult(compact);
    const key = keys.jwks('results').keys.find(({ kid }) => kid === header.kid);
    if (key === undefined || !verifySignature(signingInput, signature, key) || claims.iss !== url()) return undefined;
    const name = claims.stance.device;
    const id = claims.aud === undefined ? name : keys.pairwise.deviceOf(claims.aud, name);
    return id === undefined ? undefined : { id, name, until: claims.exp * 1000 };
  } catch (error) {
    if (error instanceof StanceError) return undefined;
    throw error;
  }
}

/** The function gives `undefined` where the request brings no attestation result. */
export function createPresented(needs: Needs): (request: EvaluationRequest) => Presented | undefined {
  // A batch asks about one result many times over: it is verified once.
  let last: { readonly compact: string; readonly found: Found | undefined } | undefined;
  function find(compact: string): Found | undefined {
    if (last?.compact !== compact) last = { compact, found: deviceIn(compact, needs) };
    const { found } = last;
    return found !== undefined && found.until > needs.now() ? found : undefined;
  }
  return (request) => {
    const device = request.context?.device;
    if (typeof device !== 'object' || device === null || !('attestation_result' in device)) return undefined;
    const { attestation_result: compact } = device;
    const found = typeof compact === 'string' ? find(compact) : undefined;
    // The result itself is not kept with the decision. Where it is not believed, the session is on no device, whatever else the request names.
    const asked = { ...request, context: { ...request.context, device: { id: found?.id ?? null } } };
    return { request: asked, ...(found === undefined || found.name === found.id ? {} : { name: found.name }) };
  };
}
