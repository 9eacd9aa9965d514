/** Property lists in XML (PropertyList-1.0.dtd), as files hold them and as programs of macOS print them. Dates become ISO 8601, data `{"base64"}`. Pure. */
import type { JsonValue } from './json.ts';

const MAX_DEPTH = 64;
/** Most members of a list and all that is in it: a small file may say one thing many times over. */
const MAX_MEMBERS = 100_000;

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
