/** Base64url (RFC 4648 section 5, no padding) and UTF-8, strict, the same in Node and in a browser. */

const ALPHABET = /^[A-Za-z0-9_-]*$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function toBase64url(bytes: Uint8Array): string {
  // Node's Buffer is an order of magnitude faster than btoa, and ingest decodes every evidence.
  if (typeof Buffer === 'function') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes of a base64url text; `undefined` unless it is the one canonical encoding of them. */
export function fromBase64url(text: string): Uint8Array | undefined {
  const tail = text.length % 4;
  if (tail === 1) return undefined;
  let bytes: Uint8Array;
  if (typeof Buffer === 'function') {
    bytes = Buffer.from(text, 'base64url');
    // Node leaves out what it does not know, and then there are too few bytes; and it knows the other alphabet. Quicker than looking at each character.
    if (bytes.length !== Math.floor((text.length * 3) / 4) || text.includes('+') || text.includes('/') || Buffer.byteLength(text) !== text.length)
      return undefined;
  } else {
    if (!ALPHABET.test(text)) return undefined;
    bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  }
  // Only the last character can carry stray bits: encoding the last group again finds them.
  return tail !== 0 && toBase64url(bytes.subarray(bytes.length - (tail - 1))) !== text.slice(-tail) ? undefined : bytes;
}

/** On Node out of its pool: memory of its own for each costs more than what is written into it. */
export const utf8 = (text: string): Uint8Array => (typeof Buffer === 'function' ? Buffer.from(text) : encoder.encode(text));

/** The text of UTF-8 bytes; `undefined` where they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
