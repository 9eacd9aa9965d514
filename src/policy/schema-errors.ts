/**
 * What a schema finds wrong with a value, in words: where several forms are allowed, by the one that was most likely meant, and
 * with the nearest name for one that does not exist. Pure.
 */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { DURATION_PATTERN } from './duration.ts';
import type { Locate, PolicyError } from './policy-errors.ts';
import { closest, distance } from './spelling.ts';

const MAX_ERRORS = 20;

interface Problem {
  readonly path: readonly string[];
  readonly message: string;
}

/** The part of JSON Schema that policy files are described in. */
interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly description?: string;
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);
type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeOf(value) === 'object';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Whether a value is of the kind that a form takes, whatever else is wrong with it. */
function isOfKind({ type, enum: values, const: only, anyOf }: Schema, value: unknown): boolean {
  if (anyOf !== undefined) return anyOf.some((form) => isOfKind(form, value));
  if (only !== undefined) return typeOf(only) === typeOf(value);
  if (values !== undefined) return values.some((one) => typeOf(one) === typeOf(value));
  return type === undefined || type === typeOf(value) || (type === 'integer' && typeof value === 'number');
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a group of members',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function formsOf({ type, enum: values, const: only, anyOf, properties }: Schema): string[] {
  if (anyOf !== undefined) return [...new Set(anyOf.flatMap(formsOf))];
  if (only !== undefined) return [JSON.stringify(only)];
  if (values !== undefined) return values.map(String);
  if (type === 'object' && properties !== undefined) return Object.keys(properties).map((name) => `{ ${name}: … }`);
  return [KIND_WORDS[type ?? ''] ?? 'something else'];
}

function suggestion(name: string, names: readonly string[]): string {
  const near = closest(name, names);
  if (near !== undefined && distance(name, near) <= 3) return `; did you mean "${near}"?`;
  return names.length > 0 ? `; there are: ${names.join(', ')}.` : '.';
}

const placeOf = (path: readonly string[]): string => path.join('.') || 'The document';

function objectProblems(schema: Schema, value: Members, path: readonly string[]): Problem[] {
  const { properties = {}, patternProperties = {}, required = [], additionalProperties } = schema;
  const [anything] = Object.values(patternProperties);
  const problems: Problem[] = [];
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : anything;
    if (known !== undefined) problems.push(...problemsOf(known, member, [...path, name]));
    else if (additionalProperties === false)
      problems.push({ path: [...path, name], message: `There is no "${name}" here${suggestion(name, Object.keys(properties))}` });
  }
  for (const name of required) if (!Object.hasOwn(value, name)) problems.push({ path, message: `"${name}" is missing.` });
  return problems;
}

/** The form with the fewest faults; of those, the one whose faults lie deepest. */
function likeliest(forms: readonly Schema[], value: unknown, path: readonly string[]): Problem[] {
  const depth = (problems: readonly Problem[]): number => Math.min(...problems.map((problem) => problem.path.length));
  const shared = (form: Schema): number => (isObject(value) ? Object.keys(value).filter((name) => form.properties?.[name] !== undefined).length : 0);
  return (
    forms
      .map((form) => ({ problems: problemsOf(form, value, path), shared: shared(form) }))
      .sort((a, b) => b.shared - a.shared || a.problems.length - b.problems.length || depth(b.problems) - depth(a.problems))[0]?.problems ?? []
  );
}

function problemsOf(schema: Schema, value: unknown, path: readonly string[]): Problem[] {
  // Its type guard would leave nothing of `value` for what follows.
  if (Value.Check(schema as TSchema, value as unknown)) return [];
  const forms = schema.anyOf?.filter((form) => isOfKind(form, value));
  if (forms?.length === 0 || (forms === undefined && !isOfKind(schema, value)))
    return [{ path, message: `${placeOf(path)} is ${KIND_WORDS[typeOf(value)] ?? typeOf(value)}; it may be: ${formsOf(schema).join(', ')}.` }];
  if (forms?.every((form) => form.enum === undefined)) return likeliest(forms, value, path);
  const values = [schema, ...(forms ?? [])].flatMap((form) => form.enum ?? []);
  if (values.length > 0) return [{ path, message: `${placeOf(path)} is ${JSON.stringify(value)}${suggestion(String(value), formsOf(schema))}` }];
  if (schema.pattern === DURATION_PATTERN)
    return [{ path, message: `${placeOf(path)} is ${JSON.stringify(value)}, which is no duration such as P7D, PT12H or PT30M.` }];
  if (schema.pattern !== undefined && typeof value === 'string')
    return [{ path, message: `${placeOf(path)} is ${JSON.stringify(value)}, which is not of its form. ${schema.description ?? ''}`.trimEnd() }];
  const inner = isList(value)
    ? value.flatMap((item, index) => problemsOf(schema.items ?? {}, item, [...path, String(index)]))
    : isObject(value)
      ? objectProblems(schema, value, path)
      : [];
  if (inner.length > 0) return inner;
  const [error] = Value.Errors(schema as TSchema, value);
  return [{ path, message: `${placeOf(path)} ${error?.message ?? 'is none of the forms that are allowed here'}.` }];
}

export function schemaErrors(schema: TSchema, value: unknown, file: string, locate: Locate): PolicyError[] {
  return problemsOf(schema as Schema, value, [])
    .slice(0, MAX_ERRORS)
    .map(({ path, message }) => ({ file, ...locate(path), message }));
}
