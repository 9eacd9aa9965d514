/**
 * Property lists, read as files: no process is started for one. Dates become ISO 8601, data `{"base64"}`. Both forms that
 * macOS writes: XML, and binary (`bplist00`, CFBinaryPList.c of CoreFoundation).
 */
import { DoorError, type JsonValue } from '../model/index.ts';

const MAX_DEPTH = 64;
/** Most members of a list and all that is in it: a small file may say one thing many times over. */
const MAX_MEMBERS = 100_000;
/** Seconds between 1970 and 2001, where Apple begins to count. */
const EPOCH_2001_S = 978_307_200;

/** The value of a binary property list. @throws RangeError, TypeError on anything else */
export function parseBinaryPlist(bytes: Uint8Array): JsonValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const uint = (at: number, size: number): number => {
    let value = 0;
    for (let place = 0; place < size; place++) value = value * 256 + view.getUint8(at + place);
    return value;
  };
  const trailer = bytes.byteLength - 32;
  const [offsetSize, refSize] = [view.getUint8(trailer + 6), view.getUint8(trailer + 7)];
  const [count, top, table] = [uint(trailer + 8, 8), uint(trailer + 16, 8), uint(trailer + 24, 8)];
  if (offsetSize < 1 || offsetSize > 8 || refSize < 1 || refSize > 8) throw new RangeError('not the trailer of a property list');
  let members = 0;

  function read(index: number, depth: number): JsonValue {
    if (index >= count || depth > MAX_DEPTH || ++members > MAX_MEMBERS) throw new RangeError('a property list without end');
    const at = uint(table + index * offsetSize, offsetSize);
    const marker = view.getUint8(at);
    const kind = marker >> 4;
    let [length, body] = [marker & 15, at + 1];
    if (length === 15 && kind >= 4) {
      const size = 2 ** (view.getUint8(body) & 15);
      length = uint(body + 1, size);
      body += 1 + size;
    }
    const slice = (size: number): Uint8Array => {
      if (body + size > trailer) throw new RangeError('beyond the end');
      return bytes.subarray(body, body + size);
    };
    const ref = (place: number): number => uint(body + place * refSize, refSize);
    switch (kind) {
      case 0:
        if (marker === 8 || marker === 9) return marker === 9;
        break;
      case 1:
        return length < 3 ? uint(body, 2 ** length) : Number(view.getBigInt64(body + 2 ** length - 8));
      case 2:
        return length === 2 ? view.getFloat32(body) : view.getFloat64(body);
      case 3:
        return new Date((view.getFloat64(body) + EPOCH_2001_S) * 1000).toISOString();
      case 4:
        return { base64: Buffer.from(slice(length)).toString('base64') };
      case 5:
        return Buffer.from(slice(length)).toString('latin1');
      case 6:
        return Buffer.from(slice(length * 2))
          .swap16()
          .toString('utf16le');
      case 8:
        return uint(body, length + 1);
      case 10:
        return Array.from({ length: Math.min(length, MAX_MEMBERS) }, (_, place) => read(ref(place), depth + 1));
      case 13: {
        const entries = Array.from({ length: Math.min(length, MAX_MEMBERS) }, (_, place) => {
          const name = read(ref(place), depth + 1);
          if (typeof name !== 'string') throw new TypeError('a name that is not text');
          return [name, read(ref(length + place), depth + 1)] as const;
        });
        return Object.fromEntries(entries);
      }
    }
    throw new TypeError(`marker ${marker} means nothing`);
  }
  return read(top, 0);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const TOKEN = /<(\/?)(plist|dict|array|key|string|integer|real|true|false|date|data)(?:\s[^<>]*)?(\/?)>|([^<]+)/y;

/** Text with XML's own entities and none of the document's. */
function textOf(raw: string): string {
  return raw.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (_whole, decimal?: string, hex?: string, name?: string) => {
    const found = name === undefined ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)) : ENTITIES[name];
    if (found === undefined) throw new TypeError('an entity that is not of XML');
    return found;
  });
}

/** The value of a scalar element. */
function scalarOf(name: string, raw: string): JsonValue {
  const text = textOf(raw);
  const number = Number(text.trim());
  switch (name) {
    case 'true':
    case 'false':
      return name === 'true';
    case 'integer':
    case 'real':
      if (text.trim() === '' || Number.isNaN(number)) throw new TypeError('not a number');
      return number;
    case 'date':
      return new Date(text.trim()).toISOString();
    case 'data':
      return { base64: text.replace(/\s+/g, '') };
    default:
      return text;
  }
}

/** The value of a property list in XML (PropertyList-1.0.dtd). @throws RangeError, TypeError on anything else */
export function parseXmlPlist(document: string): JsonValue {
  const text = document
    .replace(/<!--.*?-->/gs, '')
    .replace(/^\s*<\?xml[^>]*>/, '')
    .replace(/^\s*<!DOCTYPE plist[^<>[]*>/, '')
    .trim();
  let members = 0;
  TOKEN.lastIndex = 0;
  const next = (): RegExpExecArray => {
    const found = TOKEN.exec(text);
    if (found === null || ++members > MAX_MEMBERS * 4) throw new TypeError('not a property list');
    return found;
  };
  /** The next tag; between elements there is white space only. */
  const tag = (): RegExpExecArray => {
    const found = next();
    if (found[4] === undefined) return found;
    if (found[4].trim() !== '') throw new TypeError('text where none belongs');
    return next();
  };
  const rawUntil = (name: string): string => {
    const first = next();
    if (first[4] === undefined) {
      if (first[1] === '/' && first[2] === name) return '';
      throw new TypeError(`a ${name} that holds an element`);
    }
    const end = next();
    if (end[1] !== '/' || end[2] !== name) throw new TypeError(`a ${name} without end`);
    return first[4];
  };
  function read([, closing, name = '', empty]: RegExpExecArray, depth: number): JsonValue {
    if (closing === '/' || depth > MAX_DEPTH) throw new TypeError('not a value');
    if (name === 'array') {
      const items: JsonValue[] = [];
      if (empty !== '/') for (let item = tag(); !(item[1] === '/' && item[2] === 'array'); item = tag()) items.push(read(item, depth + 1));
      return items;
    }
    if (name === 'dict') {
      const entries: [string, JsonValue][] = [];
      if (empty === '/') return {};
      for (let key = tag(); !(key[1] === '/' && key[2] === 'dict'); key = tag()) {
        if (key[1] === '/' || key[2] !== 'key') throw new TypeError('a member without name');
        const called = key[3] === '/' ? '' : textOf(rawUntil('key'));
        entries.push([called, read(tag(), depth + 1)]);
      }
      return Object.fromEntries(entries);
    }
    if (name === 'plist' || name === 'key') throw new TypeError('not a value');
    return scalarOf(name, empty === '/' ? '' : rawUntil(name));
  }
  const root = tag();
  if (root[1] === '/' || root[2] !== 'plist') return read(root, 0);
  const value = read(tag(), 0);
  const end = tag();
  if (end[1] !== '/' || end[2] !== 'plist' || TOKEN.lastIndex !== text.length) throw new TypeError('more than one value');
  return value;
}

/** @throws DoorError EOUTPUT for bytes that are no property list */
export function parsePlist(bytes: Uint8Array, door = 'plist'): JsonValue {
  try {
    if (Buffer.from(bytes.subarray(0, 6)).toString('latin1') === 'bplist') return parseBinaryPlist(bytes);
    return parseXmlPlist(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DoorError('EOUTPUT', door, { cause });
  }
}

/** Where macOS keeps the preferences of a user on this machine: `DOMAIN.HARDWARE-UUID.plist`. @throws DoorError ENOENT */
export async function findHostPreferences(list: (path: string) => Promise<readonly string[]>, home: string, domain: string): Promise<string> {
  const folder = `${home}/Library/Preferences/ByHost`;
  const name = (await list(folder)).find((entry) => entry.startsWith(`${domain}.`) && /^[0-9A-Fa-f-]{12,36}\.plist$/.test(entry.slice(domain.length + 1)));
  if (name === undefined) throw new DoorError('ENOENT', `plist ${domain} (current host)`);
  return `${folder}/${name}`;
}
