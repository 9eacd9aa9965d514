/** Policy files: YAML, strict and bounded, every error with file, line and column. Pure. */

import { type Document, isMap, LineCounter, parseAllDocuments } from 'yaml';
import type { Locate, PolicyError } from './policy-errors.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 100;
const MAX_ERRORS = 20;

export interface ParsedDocument {
  readonly value: unknown;
  readonly locate: Locate;
}

function locatorOf(document: Document.Parsed, lines: LineCounter): Locate {
  return (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const holder = length === 0 ? undefined : length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const key = isMap(holder)
        ? holder.items.find((item) => String((item.key as { value?: unknown } | null)?.value) === String(path[length - 1]))?.key
        : undefined;
      const range = ((key ?? node) as { range?: readonly number[] | null } | null | undefined)?.range;
      if (range?.[0] !== undefined) {
        const { line, col } = lines.linePos(range[0]);
        return { line, column: col };
      }
    }
    return { line: 1, column: 1 };
  };
}

/** Text → the plain values of its documents (`---` stands between two), and where each part of them stands. */
export function parseText(text: string, file: string): { readonly documents: readonly ParsedDocument[]; readonly errors: readonly PolicyError[] } {
  const at = (line: number, column: number, message: string): PolicyError => ({ file, line, column, message });
  if (text.length > MAX_BYTES) return { documents: [], errors: [at(1, 1, 'The file is larger than 1 MiB.')] };
  const lines = new LineCounter();
  const found = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, stringKeys: true });
  // An empty text has no documents at all, and says so.
  const parsed: readonly Document.Parsed[] = 'empty' in found ? [] : found;
  const documents: ParsedDocument[] = [];
  const errors: PolicyError[] = [];
  for (const document of parsed) {
    for (const error of document.errors) {
      const { line, col } = lines.linePos(error.pos[0]);
      if (errors.length < MAX_ERRORS) errors.push(at(line, col, error.message.split('\n')[0] ?? 'not YAML'));
    }
    // What comes behind a last `---` is no document.
    if (document.errors.length > 0 || (document.contents === null && parsed.length > 1)) continue;
    try {
      documents.push({ value: document.toJS({ maxAliasCount: MAX_ALIASES }), locate: locatorOf(document, lines) });
    } catch (error) {
      errors.push(at(1, 1, error instanceof Error ? error.message : String(error)));
    }
  }
  if (documents.length === 0 && errors.length === 0) documents.push({ value: null, locate: () => ({ line: 1, column: 1 }) });
  return { documents, errors };
}
