/** The device key as a file: PKCS #8 in PEM, readable by its owner only. The plainest keeper: assurance `software`. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { signerOf } from '../../attest/node.ts';
import { type Signer, StanceError } from '../../model/index.ts';
import { makeFolder, readWhole, removeFile, writeDurably } from '../durable.ts';

const NAME = 'device-key.pem';

function parse(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new StanceError('state-corrupt', `${file} is not a private key. Restore it, or remove the folder and enroll again.`, { cause });
  }
}

/** The key in a folder, made where there is none. @throws StanceError `state-unwritable`, `state-corrupt` */
export function openFileKey(folder: string): Signer {
  const file = path.join(folder, NAME);
  const text = readWhole(file);
  if (text === undefined) {
    makeFolder(folder);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeDurably(file, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    return signerOf(privateKey);
  }
  // On Windows the folder's access list guards it; there are no mode bits.
  const mode = process.platform === 'win32' ? 0 : statSync(file).mode & 0o077;
  if (mode !== 0)
    throw new StanceError(
      'state-corrupt',
      `${file} can be read by others, so its key may be somebody else's too. Remove the folder and enroll again; or, if you are sure: chmod 600 ${file}`,
    );
  return signerOf(parse(text, file));
}

/** The next enrollment begins with a new key. */
export const removeFileKey = (folder: string): void => removeFile(path.join(folder, NAME));
