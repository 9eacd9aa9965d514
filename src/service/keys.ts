/**
 * The service's secrets, each for one purpose: results (attestation results), audit (folded summaries), nonces, names. One file, mode
 * 0600, made at the first start. Keys are changed by themselves, with overlap: a signing key is published a day before it signs,
 * and for a month after; old audit keys stay for ever, as public keys, because what they signed stays.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { thumbprint } from '../attest/index.ts';
import { publicJwkOf, sha256, signerOf } from '../attest/node.ts';
import { EcPublicJwk, type Signer, StanceError } from '../model/index.ts';
import type { NonceKey } from './nonces.ts';
import { type Pairwise, pairwiseBy } from './pairwise.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const SIGNING_LIFE_MS = 90 * DAY_MS;
const PUBLISHED_AHEAD_MS = DAY_MS;
const OVERLAP_MS = 30 * DAY_MS;
const NONCE_KEY_LIFE_MS = 30 * DAY_MS;

const Since = Type.Integer({ minimum: 0, description: 'ms since the epoch: when it begins to be used' });
const SigningKey = Type.Object({ since: Since, jwk: EcPublicJwk, pem: Type.Union([Type.String({ minLength: 1 }), Type.Null()]) });
type SigningKey = Static<typeof SigningKey>;
const StoredNonceKey = Type.Object({ id: Type.Integer({ minimum: 0, maximum: 255 }), secret: Type.String({ minLength: 43 }), since: Type.Optional(Since) });
const File = Type.Object({
  serviceId: Type.String({ minLength: 1 }),
  results: Type.Array(SigningKey, { minItems: 1 }),
  audit: Type.Array(SigningKey, { minItems: 1 }),
  nonceKeys: Type.Array(StoredNonceKey, { minItems: 1 }),
  /** Never changed: what it names must keep its name. */
  pairwise: Type.Optional(Type.String({ minLength: 43 })),
});
type File = Static<typeof File>;
/** As Stance 0.1 wrote it: one signing key. */
const FirstFile = Type.Object({ serviceId: Type.String(), signingKey: Type.String(), nonceKeys: Type.Array(StoredNonceKey, { minItems: 1 }) });
const [schema, firstSchema] = [Compile(File), Compile(FirstFile)];

export type SigningPurpose = 'results' | 'audit';
export interface KeyRing {
  readonly serviceId: string;
  /** The one that signs now, with its RFC 7638 thumbprint. */
  signing(purpose: SigningPurpose): { readonly signer: Signer; readonly kid: string };
  /** All public keys of a purpose: coming, present, past. RFC 7517. */
  jwks(purpose: SigningPurpose): { readonly keys: readonly (EcPublicJwk & { readonly kid: string })[] };
  /** The newest, which mints, first. */
  nonceKeys(): readonly [NonceKey, ...NonceKey[]];
  readonly pairwise: Pairwise;
  /** Makes and forgets keys as their time has come; whether anything changed. */
  rotate(): boolean;
}

function newSigningKey(since: number): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { since, jwk: publicJwkOf(privateKey), pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}
const newSecret = (): string => randomBytes(32).toString('base64url');
const newNonceKey = (id: number, since: number) => ({ id, since, secret: newSecret() });

function upgrade({ serviceId, signingKey, nonceKeys }: Static<typeof FirstFile>, now: number): File {
  const results = [{ since: now, jwk: publicJwkOf(createPrivateKey(signingKey)), pem: signingKey }];
  return { serviceId, results, audit: [newSigningKey(now)], nonceKeys };
}

/** The key in use at a moment: the newest whose time has come. */
const current = (keys: readonly SigningKey[], now: number): SigningKey => keys.filter(({ since }) => since <= now).at(-1) ?? (keys[0] as SigningKey);

function rotated(keys: readonly SigningKey[], purpose: SigningPurpose, now: number): SigningKey[] {
  const used = current(keys, now);
  const next = now - used.since >= SIGNING_LIFE_MS - PUBLISHED_AHEAD_MS && keys.at(-1) === used ? [newSigningKey(now + PUBLISHED_AHEAD_MS)] : [];
  const past = (index: number): boolean => (keys[index + 1]?.since ?? Number.POSITIVE_INFINITY) + OVERLAP_MS < now;
  const kept = purpose === 'results' ? keys.filter((_key, index) => !past(index)) : keys.map((key, index) => (past(index) ? { ...key, pem: null } : key));
  return [...kept, ...next];
}

function rotateAll(file: File, now: number): File {
  const [newest] = file.nonceKeys;
  const old = newest === undefined || now - (newest.since ?? now) >= NONCE_KEY_LIFE_MS;
  const nonceKeys = old ? [newNonceKey(((newest?.id ?? 0) + 1) % 256, now), ...file.nonceKeys].slice(0, 2) : file.nonceKeys;
  return {
    ...file,
    results: rotated(file.results, 'results', now),
    audit: rotated(file.audit, 'audit', now),
    nonceKeys,
    pairwise: file.pairwise ?? newSecret(),
  };
}

const unwritable = (folder: string, cause: unknown): StanceError =>
  new StanceError(
    'state-unwritable',
    `The service's folder ${folder} cannot be used: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}. Name another with --state.`,
    { cause },
  );

function flush(file: string, flags: string, text?: string): void {
  const descriptor = openSync(file, flags, 0o600);
  try {
    if (text !== undefined) writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Whole or as it was, whatever happens, and durable when it returns. @throws StanceError `state-unwritable` */
function writeWhole(file: string, content: File): void {
  const [temporary, folder] = [`${file}.new`, path.dirname(file)];
  try {
    flush(temporary, 'w', JSON.stringify(content, null, 2));
    renameSync(temporary, file);
    // Windows cannot open folders; there the rename is as durable as it gets.
    if (process.platform !== 'win32') flush(folder, 'r');
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw unwritable(folder, cause);
  }
}

function parse(text: string, now: number): File {
  const content: unknown = JSON.parse(text);
  if (schema.Check(content)) return content;
  if (firstSchema.Check(content)) return upgrade(content, now);
  throw new TypeError('not of the expected form');
}

/** @throws StanceError `state-unwritable`, `state-corrupt` */
export function openKeys(folder: string, now: () => number): KeyRing {
  const file = path.join(folder, 'service-keys.json');
  let text: string;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) {
      const at = now();
      writeWhole(file, { serviceId: randomUUID(), results: [newSigningKey(at)], audit: [newSigningKey(at)], nonceKeys: [newNonceKey(1, at)] });
    }
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw cause instanceof StanceError ? cause : unwritable(folder, cause);
  }
  let content: File;
  const signers = new Map<SigningKey, { signer: Signer; kid: string }>();
  const signerFor = (key: SigningKey): { signer: Signer; kid: string } => {
    const made = signers.get(key) ?? { signer: signerOf(createPrivateKey(key.pem ?? '')), kid: thumbprint(key.jwk, sha256) };
    signers.set(key, made);
    return made;
  };
  let nonceKeys: readonly [NonceKey, ...NonceKey[]];
  let pairwise: Pairwise;
  function use(next: File): void {
    const [first, ...rest] = next.nonceKeys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'base64url') }));
    if (first === undefined) throw new TypeError('no nonce key');
    for (const purpose of ['results', 'audit'] as const) signerFor(current(next[purpose], now()));
    [content, nonceKeys] = [next, [first, ...rest]];
    pairwise = pairwiseBy(Buffer.from(next.pairwise ?? '', 'base64url'));
  }
  try {
    use(parse(text, now()));
  } catch (cause) {
    throw new StanceError('state-corrupt', `${file} cannot be understood. Restore it from a backup; without it devices must enroll again.`, { cause });
  }
  const ring: KeyRing = {
    serviceId: parse(text, now()).serviceId,
    signing: (purpose) => signerFor(current(content[purpose], now())),
    jwks: (purpose) => ({ keys: content[purpose].map(({ jwk }) => ({ ...jwk, kid: thumbprint(jwk, sha256), alg: 'ES256', use: 'sig' })) }),
    nonceKeys: () => nonceKeys,
    get pairwise() {
      return pairwise;
    },
    rotate() {
      const next = rotateAll(content, now());
      if (JSON.stringify(next) === JSON.stringify(content) && JSON.stringify(next) === JSON.stringify(JSON.parse(text))) return false;
      writeWhole(file, next);
      text = JSON.stringify(next);
      use(next);
      return true;
    },
  };
  ring.rotate();
  return ring;
}
