/** A folder of policy files → one set that can be applied, or every error in it. Pure. */

import { sha256 } from '../attest/node.ts';
import { canonicalJson, type Platform, StanceError } from '../model/index.ts';
import { AccessPolicy } from './access.ts';
import { type Baseline, baselineErrors } from './baseline.ts';
import { conditionError } from './condition.ts';
import { Directory } from './directory.ts';
import { formatErrors, type PolicyError, parseText, schemaErrors } from './yaml.ts';

export interface Versioned<T> {
  readonly document: T;
  /** SHA-256 of the canonical document, base64url. */
  readonly version: string;
}

export interface PolicySet {
  readonly version: string;
  readonly baselines: readonly Versioned<Baseline>[];
  readonly accessPolicies: readonly Versioned<AccessPolicy>[];
  readonly directory: Directory;
}

type Locate = (path: readonly string[]) => { line: number; column: number };

function accessErrors(value: unknown, file: string, locate: Locate): PolicyError[] {
  const errors = schemaErrors(AccessPolicy, value, file, locate);
  const cel = errors.length === 0 ? (value as AccessPolicy).when.cel : undefined;
  const problem = cel === undefined ? undefined : conditionError(cel);
  return problem === undefined ? errors : [{ file, ...locate(['when', 'cel']), message: `The condition is not usable: ${problem}` }];
}

const KINDS = {
  baseline: baselineErrors,
  'access-policy': accessErrors,
  directory: (value: unknown, file: string, locate: Locate) => schemaErrors(Directory, value, file, locate),
};

/** @throws StanceError `policy-invalid`: all errors, a line each, `file:line:column: message`. */
export function loadPolicies(files: readonly { readonly name: string; readonly text: string }[]): PolicySet {
  const errors: PolicyError[] = [];
  const documents: { file: string; document: Baseline | AccessPolicy | Directory }[] = [];
  for (const { name, text } of files) {
    const parsed = parseText(text, name);
    if ('errors' in parsed) {
      errors.push(...parsed.errors);
      continue;
    }
    const kind = (parsed.value as { kind?: unknown } | null)?.kind;
    if (kind !== 'baseline' && kind !== 'access-policy' && kind !== 'directory') {
      errors.push({
        file: name,
        ...parsed.locate(['kind']),
        message: `"kind" is ${JSON.stringify(kind) ?? 'missing'}; it is one of: ${Object.keys(KINDS).join(', ')}.`,
      });
      continue;
    }
    const found = KINDS[kind](parsed.value, name, parsed.locate);
    errors.push(...found);
    if (found.length === 0) {
      const document = parsed.value as Baseline | AccessPolicy | Directory;
      if ('id' in document) {
        const twin = documents.find((other) => 'id' in other.document && other.document.kind === document.kind && other.document.id === document.id);
        if (twin !== undefined) errors.push({ file: name, ...parsed.locate(['id']), message: `"${document.id}" stands in ${twin.file} already.` });
      }
      if (document.kind === 'baseline') {
        const taken = documents.find(
          ({ document: other }) => other.kind === 'baseline' && other.platforms.some((platform) => document.platforms.includes(platform)),
        );
        if (taken !== undefined)
          errors.push({ file: name, ...parsed.locate(['platforms']), message: `${taken.file} is the baseline of one of these systems already.` });
      }
      documents.push({ file: name, document });
    }
  }
  if (errors.length > 0) throw new StanceError('policy-invalid', formatErrors(errors));
  const versioned = <T>(document: T): Versioned<T> => ({ document, version: sha256(canonicalJson(document)) });
  const ofKind = <K extends keyof typeof KINDS>(kind: K) => documents.map(({ document }) => document).filter((document) => document.kind === kind);
  const directories = ofKind('directory') as Directory[];
  return {
    version: sha256(canonicalJson(documents.map(({ document }) => document))),
    baselines: (ofKind('baseline') as Baseline[]).map(versioned),
    accessPolicies: (ofKind('access-policy') as AccessPolicy[]).map(versioned),
    directory: {
      kind: 'directory',
      users: directories.flatMap(({ users }) => users ?? []),
      resources: directories.flatMap(({ resources }) => resources ?? []),
    },
  };
}

/** The baseline of a system, if it has one. */
export const baselineFor = (set: PolicySet, platform: Platform): Versioned<Baseline> | null =>
  set.baselines.find(({ document }) => document.platforms.includes(platform)) ?? null;

/** A baseline that came from the service. @throws StanceError `policy-invalid` */
export function readBaseline(document: unknown): Versioned<Baseline> {
  const errors = baselineErrors(document, 'baseline', () => ({ line: 0, column: 0 }));
  if (errors.length > 0) throw new StanceError('policy-invalid', formatErrors(errors));
  return { document: document as Baseline, version: sha256(canonicalJson(document)) };
}
