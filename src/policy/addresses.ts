/** IP addresses and ranges: parsed without a resolver, compared as 16 bytes, IPv4 as the IPv6 addresses that stand for it. Pure. */

export interface AddressRange {
  readonly bytes: Uint8Array;
  /** Bits that count, of 128. */
  readonly bits: number;
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function parseV4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  // No leading zeros: some read them as octal, and two readers must not read two addresses.
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const bytes: number[] = [];
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 && part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255);
    else return undefined;
  }
  return bytes;
}

/** `undefined` for what is no address. A zone (`%eth0`) is not taken. RFC 4291 section 2.2 for the forms. */
export function addressOf(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  if (!text.includes(':')) {
    const v4 = parseV4(text);
    return v4 === undefined ? undefined : Uint8Array.from([...MAPPED, ...v4]);
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  // A dotted part stands at the very end only.
  if (halves.length === 2 && halves[0]?.includes('.')) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]);
}

/** An address alone is the range of itself. */
export function addressRangeOf(text: string): AddressRange | undefined {
  const [address = '', length, ...more] = text.split('/');
  const bytes = addressOf(address);
  if (bytes === undefined || more.length > 0) return undefined;
  const most = address.includes(':') ? 128 : 32;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const bits = length === undefined ? most : Number(length);
  return bits > most ? undefined : { bytes, bits: bits + 128 - most };
}

export function isIn({ bytes, bits }: AddressRange, address: Uint8Array): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) if (bytes[index] !== address[index]) return false;
  const rest = bits & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest);
  return ((bytes[whole] ?? 0) & mask) === ((address[whole] ?? 0) & mask);
}
