/** Policy files: YAML, strict and bounded, every error with file, line and column. Pure. */

import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isMap, LineCounter, parseDocument as parseYaml } from 'yaml';
import { closest, distance } from './spelling.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_ALIASES = 100;
const MAX_ERRORS = 20;

export interface PolicyError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Parsed =
  | { readonly value: unknown; readonly locate: (path: readonly (string | number)[]) => { line: number; column: number } }
  | { readonly errors: readonly PolicyError[] };

/** Text → plain value, and where each part of it stands. */
export function parseText(text: string, file: string): Parsed {
  const at = (line: number, column: number, message: string): PolicyError => ({ file, line, column, message });
  if (text.length > MAX_BYTES) return { errors: [at(1, 1, 'The file is larger than 1 MiB.')] };
  const lines = new LineCounter();
  const document = parseYaml(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true, stringKeys: true });
  if (document.errors.length > 0) {
    return {
      errors: document.errors.slice(0, MAX_ERRORS).map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return at(line, col, error.message.split('\n')[0] ?? 'not YAML');
      }),
    };
  }
  /** The place of the key where there is one, else of the value, else of what holds it. */
  const locate = (path: readonly (string | number)[]): { line: number; column: number } => {
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
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), locate };
  } catch (error) {
    return { errors: [at(1, 1, error instanceof Error ? error.message : String(error))] };
  }
}

/** Path of a JSON pointer. */
const pathOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** What a schema finds wrong with a value, in words, with the nearest name for one that does not exist. */
export function schemaErrors(
  schema: TSchema,
  value: unknown,
  file: string,
  locate: (path: readonly string[]) => { line: number; column: number },
): PolicyError[] {
  const errors: PolicyError[] = [];
  const seen = new Set<string>();
  for (const error of Value.Errors(schema, value)) {
    const path = pathOf(error.instancePath);
    const strange = error.keyword === 'additionalProperties' ? (error.params as { additionalProperties: string[] }).additionalProperties : [];
    const missing = error.keyword === 'required' ? (error.params as { requiredProperties: string[] }).requiredProperties : [];
    const found = [
      ...strange.map((name) => ({ path: [...path, name], message: `There is no "${name}" here${suggestion(name, namesAt(schema, path))}` })),
      ...missing.map((name) => ({ path, message: `"${name}" is missing.` })),
      ...(strange.length + missing.length > 0 || ['anyOf', 'boolean', '~guard'].includes(error.keyword)
        ? []
        : [{ path, message: `${path.join('.') || 'The document'} ${error.message}.` }]),
    ];
    for (const { path: place, message } of found) {
      const key = `${place.join('/')} ${message}`;
      if (seen.has(key) || errors.length >= MAX_ERRORS) continue;
      seen.add(key);
      errors.push({ file, ...locate(place), message });
    }
  }
  if (errors.length === 0 && !Value.Check(schema, value)) {
    const [first] = Value.Errors(schema, value);
    const path = pathOf(first?.instancePath ?? '');
    errors.push({ file, ...locate(path), message: `${path.join('.') || 'The document'} is none of the forms that are allowed here.` });
  }
  return errors;
}

/** Names of the members that a schema has at a path, as far as it can be followed without choosing between alternatives. */
function namesAt(schema: TSchema, path: readonly string[]): string[] {
  let here = schema as { properties?: Record<string, TSchema>; items?: TSchema } | undefined;
  for (const part of path) here = (here?.properties?.[part] ?? here?.items) as typeof here;
  return Object.keys(here?.properties ?? {});
}

function suggestion(name: string, names: readonly string[]): string {
  const near = closest(name, names);
  if (near !== undefined && distance(name, near) <= 3) return `; did you mean "${near}"?`;
  return names.length > 0 ? `; there are: ${names.join(', ')}.` : '.';
}

/** `file:line:column: message`, as editors and terminals make links of it. */
export const formatErrors = (errors: readonly PolicyError[]): string =>
  errors.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n');
