/** The service's secrets: signing key, nonce keys. One file, mode 0600, made at the first start. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { StanceError } from '../model/index.ts';
import type { NonceKey } from './nonces.ts';

const File = Type.Object({
  serviceId: Type.String({ minLength: 1 }),
  /** PKCS #8, PEM. */
  signingKey: Type.String({ minLength: 1 }),
  nonceKeys: Type.Array(Type.Object({ id: Type.Integer({ minimum: 0, maximum: 255 }), secret: Type.String({ minLength: 43 }) }), { minItems: 1 }),
});
const schema = Compile(File);

export interface ServiceKeys {
  readonly serviceId: string;
  /** ES256. */
  readonly signingKey: KeyObject;
  readonly nonceKeys: readonly [NonceKey, ...NonceKey[]];
}

function writeNew(file: string): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = {
    serviceId: randomUUID(),
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    nonceKeys: [{ id: 1, secret: randomBytes(32).toString('base64url') }],
  };
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  writeSync(descriptor, JSON.stringify(content, null, 2));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, file);
}

/** @throws StanceError `state-unwritable`, `state-corrupt` */
export function loadKeys(folder: string): ServiceKeys {
  const file = path.join(folder, 'service-keys.json');
  let text: string;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) writeNew(file);
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StanceError(
      'state-unwritable',
      `The service's folder ${folder} cannot be used: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}. Name another with --state.`,
      { cause },
    );
  }
  try {
    const content: unknown = JSON.parse(text);
    if (!schema.Check(content)) throw new TypeError('not of the expected form');
    const [first, ...rest] = content.nonceKeys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'base64url') }));
    if (first === undefined) throw new TypeError('no nonce key');
    return { serviceId: content.serviceId, signingKey: createPrivateKey(content.signingKey), nonceKeys: [first, ...rest] };
  } catch (cause) {
    throw new StanceError('state-corrupt', `${file} cannot be understood. Restore it from a backup; without it devices must enroll again.`, { cause });
  }
}
