/**
 * JSON that means one thing (RFC 8259 with the advice of RFC 7493, I-JSON): no member twice, no `__proto__`, no deep nesting.
 * Two parsers that read a repeated member differently would be two readings of one signature.
 * One pass, and nothing is allocated: all evidence comes by before anybody knows whose it is.
 */

/** Levels of objects and lists; evidence has about six. */
const MAX_DEPTH = 24;
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels`;
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
  /** The next string is the name of a member: the first in an object, and the first behind a comma in one. */
  let isName = false;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x7b: // {
        isName = true;
        if (++depth > MAX_DEPTH) return TOO_DEEP;
        begins[depth] = used;
        break;
      case 0x5b: // [
        isName = false;
        if (++depth > MAX_DEPTH) return TOO_DEEP;
        begins[depth] = -1;
        break;
      case 0x7d: // }
        used = begins[depth--] as number;
        break;
      case 0x5d: // ]
        depth--;
        break;
      case 0x2c: // ,
        isName = (begins[depth] as number) >= 0;
        break;
      case 0x22: {
        // "
        const start = index + 1;
        if (!isName) {
          index = endOfString(text, start);
          break;
        }
        isName = false;
        let hash = SEED;
        let code = text.charCodeAt(++index);
        for (; code !== 0x22 && code !== 0x5c; code = text.charCodeAt(++index)) hash = hashed(hash, code);
        if (code === 0x5c) {
          index = endOfString(text, start);
          hash = hashOf(nameAt(text, start, index));
        }
        const problem = nameProblem(text, start, index, hash, begins[depth] as number, used);
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

function hashOf(name: string): number {
  let hash = SEED;
  for (let index = 0; index < name.length; index++) hash = hashed(hash, name.charCodeAt(index));
  return hash;
}
const PROTO = hashOf('__proto__');
