/**
 * Summaries: what the service says of heartbeats that it no longer keeps. A run of heartbeats behind one another, all of one
 * digest and one compliance, becomes one signed statement with both its ends, so that what remains is still one chain.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { COMPLIANCES, StanceError } from '../model/index.ts';
import { type DecodedJws, decodeJws, type Sha256 } from './jws.ts';

export const SUMMARY_TYPE = 'stance-summary+jwt';

const Hash = Type.String({ minLength: 43, maxLength: 43 });
const Instant = Type.String({ maxLength: 30 });
export const SummaryClaims = Type.Object({
  /** The service, as the `aud` of its devices. */
  iss: Type.String({ maxLength: 300 }),
  iat: Type.Integer({ minimum: 0 }),
  stance: Type.Object({
    kind: Type.Literal('summary'),
    device: Type.String({ maxLength: 64 }),
    epoch: Type.String({ maxLength: 43 }),
    /** First and last position in the epoch, both included. */
    seq: Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })]),
    /** `prev` of the first, hash of the last. */
    prev: Type.Union([Hash, Type.Null()]),
    hash: Hash,
    /** SHA-256 over the hashes of all, one after the other: whoever kept them can show that they were these. */
    hashes: Hash,
    digest: Hash,
    compliance: Type.Enum(COMPLIANCES),
    observed: Type.Tuple([Instant, Instant]),
    received: Type.Tuple([Instant, Instant]),
  }),
});
export type SummaryClaims = Static<typeof SummaryClaims>;
const schema = Compile(SummaryClaims);

export const hashOfHashes = (hashes: readonly string[], sha256: Sha256): string => sha256(hashes.join(''));

/** Form only. @throws StanceError */
export function decodeSummary(compact: string): DecodedJws & { readonly claims: SummaryClaims } {
  const jws = decodeJws(compact, SUMMARY_TYPE);
  if (!schema.Check(jws.payload)) throw new StanceError('claims-malformed', 'The claims are not those of a summary.');
  return { ...jws, claims: jws.payload };
}
