/** `stance verify FILE --jwks FILE|URL`: is this evidence or attestation result really signed by one of these keys? */
import { readFileSync, statSync } from 'node:fs';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { decodeAttestationResult, decodeEvidence, decodeJws, EAR_PROFILE, thumbprint } from '../attest/index.ts';
import { sha256, verifySignature } from '../attest/node.ts';
import { EcPublicJwk, EVIDENCE_TYPE, MAX_EVIDENCE_BYTES, StanceError } from '../model/index.ts';
import { faint, say, sayJson } from './output.ts';
import { fetchText } from './remote.ts';

const jwksSchema = Compile(Type.Object({ keys: Type.Array(Type.Object({ kty: Type.String() }), { maxItems: 1000 }) }));
const keySchema = Compile(EcPublicJwk);

function readBounded(file: string): string {
  try {
    if (statSync(file).size > MAX_EVIDENCE_BYTES * 2) throw new StanceError('usage', `${file} is too large to be a JWS or a key set.`);
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    throw new StanceError('usage', `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  }
}

async function readKeys(source: string): Promise<EcPublicJwk[]> {
  const text = /^https?:\/\//.test(source) ? await fetchText(source) : readBounded(source);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new StanceError('usage', `${source} is not JSON.`, { cause });
  }
  // A single key is taken like a set of one.
  const set = jwksSchema.Check(document) ? document : { keys: [document] };
  const keys = set.keys.filter((key) => keySchema.Check(key));
  if (keys.length === 0) throw new StanceError('usage', `${source} holds no P-256 key (RFC 7517: {"keys": [{"kty": "EC", "crv": "P-256", …}]}).`);
  return keys;
}

interface Verification {
  readonly valid: boolean;
  readonly kind: 'evidence' | 'attestation-result' | 'unknown';
  readonly kid?: string;
  readonly problem?: { readonly code: string; readonly message: string };
  readonly claims?: unknown;
}

/** Pure: form, key, signature, and for attestation results the life. `now` in ms. */
export function verifyCompact(compact: string, keys: readonly EcPublicJwk[], now: number): Verification {
  let kind: Verification['kind'] = 'unknown';
  try {
    const profile = (decodeJws(compact, EVIDENCE_TYPE).payload as { eat_profile?: unknown } | null)?.eat_profile;
    kind = profile === EAR_PROFILE ? 'attestation-result' : 'evidence';
    const decoded = kind === 'evidence' ? decodeEvidence(compact) : decodeAttestationResult(compact);
    const { kid } = decoded.header;
    const key = keys.find((candidate) => thumbprint(candidate, sha256) === kid);
    if (key === undefined) throw new StanceError('key-mismatch', `It names the key ${kid}, which is not in the key set.`);
    if (!verifySignature(decoded.signingInput, decoded.signature, key))
      throw new StanceError('signature-invalid', 'The signature does not verify: the text was changed, or signed by another key.');
    if ('exp' in decoded.claims && decoded.claims.exp * 1000 <= now) {
      throw new StanceError('result-expired', `It expired at ${new Date(decoded.claims.exp * 1000).toISOString()}. Ask the service for a new one.`);
    }
    return { valid: true, kind, kid, claims: decoded.claims };
  } catch (error) {
    if (!(error instanceof StanceError)) throw error;
    return { valid: false, kind, problem: { code: error.code, message: error.message } };
  }
}

export async function verifyFile(file: string, options: { jwks: string; json?: boolean }): Promise<number> {
  const result = verifyCompact(readBounded(file), await readKeys(options.jwks), Date.now());
  if (options.json) sayJson(result);
  else if (result.valid) say(`✓ valid ${result.kind}\n${faint(`key ${result.kid}`)}\n${JSON.stringify(result.claims, null, 2)}`);
  else say(`✗ not valid: ${result.problem?.message} (${result.problem?.code})`);
  return result.valid ? 0 : 1;
}
