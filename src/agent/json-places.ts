/**
 * JSON with the place of everything in it, for files that people write: `JSON.parse` names no line for most errors, and shows the
 * text around them, which may be a secret. Takes exactly what RFC 8259 takes, an object at the top, no member of it twice.
 */

export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}
export interface Member extends Place {
  readonly name: string;
  readonly value: unknown;
}

export class JsonError extends Error implements Place {
  override readonly name = 'JsonError';
  readonly line: number;
  readonly column: number;
  constructor(message: string, { line, column }: Place) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const MAX_DEPTH = 16;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a string of JSON must not hold
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The members of the object that a text is. @throws JsonError */
export function parseMembers(document: string): readonly Member[] {
  const text = document.replace(/^\uFEFF/, '');
  let index = 0;
  const fail = (message: string, at = index): never => {
    throw new JsonError(message, placeOf(text, at));
  };
  /** What a pattern matches here, and moves behind it. */
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = index;
    const found = pattern.exec(text)?.[0];
    index += found?.length ?? 0;
    return found;
  };
  const skipSpace = (): void => void take(SPACE);
  /** The character behind any space, taken if it is one of these. */
  const oneOf = (characters: string): string | undefined => {
    skipSpace();
    const here = text[index];
    if (here === undefined || !characters.includes(here)) return undefined;
    index++;
    return here;
  };
  function skipValue(depth: number): void {
    skipSpace();
    if (depth > MAX_DEPTH) fail(`nested deeper than ${MAX_DEPTH} levels`);
    const open = oneOf('{[');
    if (open === '{') skipItems('}', () => void name(), depth);
    else if (open === '[') skipItems(']', () => undefined, depth);
    else if (take(STRING) === undefined && take(SCALAR) === undefined)
      fail(index >= text.length ? 'the text ends where a value should be' : 'no value that JSON has');
  }
  /** A name and its colon. */
  function name(): string {
    skipSpace();
    const quoted = take(STRING) ?? fail('a name in double quotes should be here');
    if (oneOf(':') === undefined) fail('a colon should be here');
    return JSON.parse(quoted) as string;
  }
  function skipItems(end: string, before: () => void, depth: number): void {
    if (oneOf(end) !== undefined) return;
    do {
      before();
      skipValue(depth + 1);
    } while (oneOf(',') !== undefined);
    if (oneOf(end) === undefined) fail(`a comma or ${end} should be here`);
  }

  const members: Member[] = [];
  if (oneOf('{') === undefined) fail('an object, { … }, should be here');
  if (oneOf('}') === undefined) {
    do {
      skipSpace();
      const at = index;
      const called = name();
      if (members.some((member) => member.name === called)) fail(`${JSON.stringify(called)} stands here for the second time`, at);
      skipSpace();
      const from = index;
      skipValue(1);
      members.push({ name: called, value: JSON.parse(text.slice(from, index)), ...placeOf(text, at) });
    } while (oneOf(',') !== undefined);
    if (oneOf('}') === undefined) fail('a comma or } should be here');
  }
  skipSpace();
  if (index < text.length) fail('something stands behind the end');
  return members;
}
