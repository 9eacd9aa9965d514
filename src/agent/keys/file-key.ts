/**
 * Device keys as files: PKCS #8 in PEM, readable by their owner only, named by their thumbprint. The plainest keeper:
 * assurance `software`. Which key is the device's stands in its enrollment, so changing that is changing the key.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { thumbprint } from '../../attest/index.ts';
import { sha256, signerOf } from '../../attest/node.ts';
import { type EcPublicJwk, type Signer, StanceError } from '../../model/index.ts';
import { makeFolder, readWhole, removeFile, writeDurably } from '../durable.ts';

const nameOf = (jwk: EcPublicJwk): string => `key-${thumbprint(jwk, sha256)}.pem`;

function parse(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new StanceError('state-corrupt', `${file} is not a private key. Restore it, or enroll this device again.`, { cause });
  }
}

/** A new key, durable before it is used. @throws StanceError `state-unwritable` */
export function createFileKey(folder: string): Signer {
  makeFolder(folder);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signer = signerOf(privateKey);
  writeDurably(path.join(folder, nameOf(signer.publicJwk)), privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  return signer;
}

export const hasFileKey = (folder: string, jwk: EcPublicJwk): boolean => existsSync(path.join(folder, nameOf(jwk)));

/** The key whose public half this is. @throws StanceError `state-corrupt` where it is missing, broken, or readable by others. */
export function openFileKey(folder: string, jwk: EcPublicJwk): Signer {
  const file = path.join(folder, nameOf(jwk));
  const text = readWhole(file);
  if (text === undefined) throw new StanceError('state-corrupt', `The key of this device, ${file}, is missing. Restore it, or enroll this device again.`);
  // On Windows the folder's access list guards it; there are no mode bits.
  const mode = process.platform === 'win32' ? 0 : statSync(file).mode & 0o077;
  if (mode !== 0) {
    throw new StanceError(
      'state-corrupt',
      `${file} can be read by others, so its key may be somebody else's too. Enroll this device again; or, if you are sure: chmod 600 ${file}`,
    );
  }
  return signerOf(parse(text, file));
}

/** Removes every key but these: those of enrollments that failed or are over. */
export function keepOnlyKeys(folder: string, jwks: readonly EcPublicJwk[]): void {
  const kept = new Set(jwks.map(nameOf));
  for (const name of readdirSync(folder)) if (/^key-[\w-]{43}\.pem$/.test(name) && !kept.has(name)) removeFile(path.join(folder, name));
}
