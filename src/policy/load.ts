/** A folder of policy files → one set that can be applied, or every error in it. Pure. */
import { sha256 } from '../attest/node.ts';
import { canonicalJson, StanceError } from '../model/index.ts';
import type { AccessPolicy } from './access.ts';
import { accessErrors, locationErrors } from './access-errors.ts';
import { conditionErrors } from './applying.ts';
import { type Baseline, baselineErrors } from './baseline.ts';
import type { Versioned } from './demands.ts';
import { type Directory, directoryErrors, Protection } from './directory.ts';
import { type Exemption, exemptionErrors } from './exemption.ts';
import { formatErrors, type Locate, type PolicyError } from './policy-errors.ts';
import type { PolicySet } from './policy-set.ts';
import { schemaErrors } from './schema-errors.ts';
import { closest } from './spelling.ts';
import { type PolicyTests, testErrors } from './test-cases.ts';
import { parseText } from './yaml.ts';

type Document = Baseline | AccessPolicy | Exemption | Protection | Directory | PolicyTests;
type Kind = Document['kind'];
type Finder = (value: unknown, file: string, locate: Locate) => PolicyError[];

const KINDS: Readonly<Record<Kind, Finder>> = {
  baseline: (...given) => [...baselineErrors(...given), ...conditionErrors(...given)],
  'access-policy': accessErrors,
  exemption: exemptionErrors,
  protection: (value, file, locate) => schemaErrors(Protection, value, file, locate),
  directory: directoryErrors,
  'policy-tests': testErrors,
};

interface Placed {
  readonly file: string;
  readonly document: Document;
  readonly locate: Locate;
}

export interface PolicyText {
  readonly name: string;
  readonly text: string;
}

function readFile({ name, text }: PolicyText, errors: PolicyError[]): Placed[] {
  const parsed = parseText(text, name);
  errors.push(...parsed.errors);
  return parsed.documents.flatMap(({ value, locate }): Placed[] => {
    const kind = (value as { kind?: unknown } | null)?.kind;
    if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
      const message = `"kind" is ${JSON.stringify(kind) ?? 'missing'}; it is one of: ${Object.keys(KINDS).join(', ')}.`;
      errors.push({ file: name, ...locate(['kind']), message });
      return [];
    }
    const found = KINDS[kind as Kind](value, name, locate);
    errors.push(...found);
    return found.length === 0 ? [{ file: name, document: value as Document, locate }] : [];
  });
}

const identity = (document: Document): string => ('id' in document ? document.id : '');

/** What stands twice, whatever files it stands in: of two, nobody could say which counts. */
function twinErrors(placed: readonly Placed[]): PolicyError[] {
  const seen = new Map<string, string>();
  const errors: PolicyError[] = [];
  const once = (key: string, what: string, { file, locate }: Placed, path: readonly (string | number)[]): void => {
    const before = seen.get(key);
    if (before === undefined) seen.set(key, file);
    else errors.push({ file, ...locate(path), message: `${what} stands in ${before} already.` });
  };
  for (const place of placed) {
    const { document } = place;
    if ('id' in document) once(`${document.kind} ${document.id}`, `"${document.id}"`, place, ['id']);
    if (document.kind !== 'directory') continue;
    for (const [index, { id }] of (document.users ?? []).entries()) once(`user ${id}`, `The user "${id}"`, place, ['users', index]);
    for (const [index, { type, id }] of (document.resources ?? []).entries())
      once(`resource ${JSON.stringify([type, id])}`, `The ${type} "${id}"`, place, ['resources', index]);
    for (const [index, { name }] of (document.locations ?? []).entries()) once(`location ${name}`, `The location "${name}"`, place, ['locations', index]);
  }
  return errors;
}

const join = (directories: readonly Directory[]): Required<Directory> => ({
  kind: 'directory',
  users: directories.flatMap(({ users }) => users ?? []),
  resources: directories.flatMap(({ resources }) => resources ?? []),
  locations: directories.flatMap(({ locations }) => locations ?? []),
  actions: directories.flatMap(({ actions }) => actions ?? []),
  approvedApps: directories.flatMap(({ approvedApps }) => approvedApps ?? []),
});

function nearest(name: string, names: readonly string[]): string {
  const near = closest(name, names);
  return near === undefined ? '.' : `; did you mean "${near}"?`;
}

const versioned = <T>(document: T): Versioned<T> => ({ document, version: sha256(canonicalJson(document)) });

/** @throws StanceError `policy-invalid`: all errors, a line each, `file:line:column: message`. */
export function loadPolicies(files: readonly PolicyText[]): PolicySet {
  const errors: PolicyError[] = [];
  const placed = files.flatMap((file) => readFile(file, errors));
  errors.push(...twinErrors(placed));
  const ofKind = <K extends Kind>(kind: K): readonly Extract<Document, { kind: K }>[] =>
    placed
      .map(({ document }) => document)
      .filter((document): document is Extract<Document, { kind: K }> => document.kind === kind)
      .sort((a, b) => (identity(a) < identity(b) ? -1 : 1));
  const directory = join(ofKind('directory'));
  const locations = new Set((directory.locations ?? []).map(({ name }) => name));
  const policies = new Set(ofKind('access-policy').map(({ id }) => id));
  for (const { document, file, locate } of placed) {
    if (document.kind === 'access-policy') errors.push(...locationErrors(document, locations, file, locate));
    if (document.kind === 'policy-tests') {
      for (const [index, id] of (document.policies ?? []).entries())
        if (!policies.has(id)) errors.push({ file, ...locate(['policies', index]), message: `There is no access policy "${id}"${nearest(id, [...policies])}` });
    }
  }
  if (errors.length > 0) throw new StanceError('policy-invalid', formatErrors(errors));
  const deciding = [ofKind('baseline'), ofKind('access-policy'), ofKind('exemption'), ofKind('protection'), ofKind('directory')];
  return {
    version: sha256(canonicalJson(deciding.map((documents) => documents.map(canonicalJson).sort()))),
    baselines: ofKind('baseline').map(versioned),
    accessPolicies: ofKind('access-policy').map(versioned),
    exemptions: ofKind('exemption'),
    protections: ofKind('protection'),
    directory,
    tests: placed.flatMap(({ file, document }) => (document.kind === 'policy-tests' ? [{ file, document }] : [])),
  };
}
