/**
 * Names by which one relying party knows devices and evidence, and no other does: two of them cannot tell that they speak of one device.
 * The service can turn the name of a device back, and nobody else can, so it knows of which device a result that it made speaks.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export interface Pairwise {
  /** Of a device: base64url, 22 characters. */
  device(audience: string, id: string): string;
  /** The id of the device with that name; of a name that was made up, an id that no device has; undefined for what is no name. */
  deviceOf(audience: string, name: string): string | undefined;
  /** Of evidence, by its hash: base64url, 43 characters. Cannot be turned back. */
  evidence(audience: string, hash: string): string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** One block: a UUID is as long as that, so AES itself is the secret permutation of all UUIDs; with a key for each audience there is nothing to chain. */
const CIPHER = 'aes-256-ecb';

export function pairwiseBy(secret: Uint8Array): Pairwise {
  const mac = (audience: string, name: string): Buffer => createHmac('sha256', secret).update(`${audience.length} ${audience} ${name}`).digest();
  const keyFor = (audience: string): Buffer => mac(audience, 'device names');
  return {
    device(audience, id) {
      if (!UUID.test(id)) throw new TypeError(`The device id ${id} is no UUID.`);
      const cipher = createCipheriv(CIPHER, keyFor(audience), null).setAutoPadding(false);
      return Buffer.concat([cipher.update(id.replaceAll('-', ''), 'hex'), cipher.final()]).toString('base64url');
    },
    deviceOf(audience, name) {
      if (!/^[\w-]{22}$/.test(name)) return undefined;
      const decipher = createDecipheriv(CIPHER, keyFor(audience), null).setAutoPadding(false);
      const hex = Buffer.concat([decipher.update(name, 'base64url'), decipher.final()]).toString('hex');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
    evidence: (audience, hash) => mac(audience, hash).toString('base64url'),
  };
}
