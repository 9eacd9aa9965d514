/**
 * JSON that means one thing (RFC 8259 with the advice of RFC 7493, I-JSON): no member twice, no `__proto__`, no deep nesting.
 * Two parsers that read a repeated member differently would be two readings of one signature.
 */

/** Levels of objects and lists; evidence has about six. */
const MAX_DEPTH = 24;
/** Members of one object; more would also make looking for a second one slow. */
const MAX_MEMBERS = 256;

/** Why a text is refused; `undefined` where it is not. The text is JSON already: only what `JSON.parse` lets pass is looked for. */
export function strictJsonProblem(text: string): string | undefined {
  /** Names of the members of each open object; null for a list. */
  const open: (string[] | null)[] = [];
  let index = 0;
  while (index < text.length) {
    switch (text.charCodeAt(index)) {
      case 0x7b: // {
        open.push([]);
        break;
      case 0x5b: // [
        open.push(null);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        open.pop();
        break;
      case 0x22: {
        // "
        const end = endOfString(text, index);
        const names = open.at(-1);
        if (names != null && nextIsColon(text, end)) {
          const name = nameAt(text, index, end);
          if (names.includes(name)) return `the member ${JSON.stringify(name.slice(0, 60))} stands twice`;
          if (name === '__proto__') return 'a member is named __proto__';
          if (names.push(name) > MAX_MEMBERS) return `an object has more than ${MAX_MEMBERS} members`;
        }
        index = end - 1;
        break;
      }
    }
    if (open.length > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    index++;
  }
  return undefined;
}

/** A name as it is meant: escapes undone, where there are any. */
function nameAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

/** Index behind the closing quote. */
function endOfString(text: string, start: number): number {
  // Most strings hold no escape: the next quote is their end.
  const quote = text.indexOf('"', start + 1);
  if (quote >= 0 && text.charCodeAt(quote - 1) !== 0x5c) return quote + 1;
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5c) index++;
    else if (code === 0x22) return index + 1;
  }
  return text.length;
}

function nextIsColon(text: string, from: number): boolean {
  let index = from;
  for (let code = text.charCodeAt(index); code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d; code = text.charCodeAt(index)) index++;
  return text.charCodeAt(index) === 0x3a;
}
