/**
 * JSON that means one thing (RFC 8259 with the advice of RFC 7493, I-JSON): no member twice, no `__proto__`, no deep nesting.
 * Two parsers that read a repeated member differently would be two readings of one signature.
 * One pass, and nothing is allocated: all evidence comes by before anybody knows whose it is.
 */

/** Levels of objects and lists; evidence has about six. */
const MAX_DEPTH = 24;
/** Members of one object; more would also make looking for a second one slow. */
const MAX_MEMBERS = 256;

/**
 * Hashes of names are others in every process, and no polynomial, so that nobody can find many names of one hash beforehand.
 * The factor is odd, so that every character counts.
 */
const [SEED = 0, RANDOM = 0] = crypto.getRandomValues(new Int32Array(2));
const FACTOR = RANDOM | 1;
function hashed(hash: number, code: number): number {
  const mixed = Math.imul(hash ^ code, FACTOR);
  return mixed ^ (mixed >>> 15);
}

/** The names of the members of all open objects, those of the innermost last: their hashes, and where they begin and end in the text. */
const hashes = new Int32Array(MAX_DEPTH * MAX_MEMBERS);
const starts = new Int32Array(MAX_DEPTH * MAX_MEMBERS);
const ends = new Int32Array(MAX_DEPTH * MAX_MEMBERS);
/** Where in there the names of the object of each level begin; below 0 for a list. */
const begins = new Int32Array(MAX_DEPTH + 1).fill(-1);

/** Why a text is refused; `undefined` where it is not. The text is JSON already: only what `JSON.parse` lets pass is looked for. */
export function strictJsonProblem(text: string): string | undefined {
  let depth = 0;
  let used = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
        begins[depth] = text.charCodeAt(index) === 0x7b ? used : -1;
        break;
      case 0x7d: // }
        used = begins[depth--] as number;
        break;
      case 0x5d: // ]
        depth--;
        break;
      case 0x22: {
        // "
        const start = index + 1;
        index = endOfString(text, start);
        const first = begins[depth] as number;
        if (first < 0 || !nextIsColon(text, index + 1)) break;
        const hash = hashOf(text, start, index);
        const problem = nameProblem(text, start, index, hash, first, used);
        if (problem !== undefined) return problem;
        hashes[used] = hash;
        starts[used] = start;
        ends[used++] = index;
      }
    }
  }
  return undefined;
}

/** Index of the closing quote. */
function endOfString(text: string, start: number): number {
  // Most strings hold no escape: the next quote is their end.
  const quote = text.indexOf('"', start);
  if (text.charCodeAt(quote - 1) !== 0x5c) return quote;
  let index = start;
  for (let code = text.charCodeAt(index); code !== 0x22; code = text.charCodeAt(index)) index += code === 0x5c ? 2 : 1;
  return index;
}

/** Why a name is refused behind those from `first` to `used`. */
function nameProblem(text: string, start: number, end: number, hash: number, first: number, used: number): string | undefined {
  for (let other = first; other < used; other++) {
    if (hashes[other] !== hash) continue;
    const name = nameAt(text, start, end);
    if (name === nameAt(text, starts[other] as number, ends[other] as number)) return `the member ${JSON.stringify(name.slice(0, 60))} stands twice`;
  }
  if (hash === PROTO && nameAt(text, start, end) === '__proto__') return 'a member is named __proto__';
  return used - first >= MAX_MEMBERS ? `an object has more than ${MAX_MEMBERS} members` : undefined;
}

/** A name as it is meant: escapes undone, where there are any. */
function nameAt(text: string, start: number, end: number): string {
  const raw = text.slice(start, end);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
}

/** Of the name as it is meant. */
function hashOf(text: string, start: number, end: number): number {
  let hash = SEED;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5c) {
      const name = nameAt(text, start, end);
      hash = SEED;
      for (let at = 0; at < name.length; at++) hash = hashed(hash, name.charCodeAt(at));
      return hash;
    }
    hash = hashed(hash, code);
  }
  return hash;
}
const PROTO = hashOf('__proto__', 0, '__proto__'.length);

function nextIsColon(text: string, from: number): boolean {
  let index = from;
  for (let code = text.charCodeAt(index); code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d; code = text.charCodeAt(index)) index++;
  return text.charCodeAt(index) === 0x3a;
}
