/** Managed configuration: what lies on the machine, put together and checked against its schema. DESIGN section 7. */
import { Value } from 'typebox/value';
import { readManagedSources, readTrustedText, watchManaged } from '../host/index.ts';
import { type Managed, ManagedConfiguration, type ManagedFault, type ManagedName, type ManagedSource, StanceError } from '../model/index.ts';
import { closest, distance } from '../policy/spelling.ts';
import { JsonError, type Place, parseMembers } from './json-places.ts';

/** Where an agent learns what is managed. */
export interface ManagedDoor {
  read(): Promise<Managed>;
  /** Calls soon after a change; the answer ends that. May never call: whoever asks reads at intervals as well. */
  watch(onChange: () => void): () => void;
}

const PROPERTIES = ManagedConfiguration.properties;
const NAMES = Object.keys(PROPERTIES) as ManagedName[];
const isName = (name: string): name is ManagedName => Object.hasOwn(PROPERTIES, name);

interface Found extends Partial<Place> {
  readonly name: string;
  readonly value: unknown;
}

/** The registry knows no yes and no. */
const asMeant = (name: ManagedName, value: unknown, text: boolean): unknown =>
  !text && (PROPERTIES[name] as { type?: string }).type === 'boolean' && (value === 0 || value === 1) ? value === 1 : value;

function unknownName(name: string): string {
  const near = closest(name, NAMES);
  const known = near !== undefined && distance(name.toLowerCase(), near.toLowerCase()) <= 3 ? `did you mean "${near}"?` : `there are: ${NAMES.join(', ')}.`;
  return `there is no "${name.slice(0, 60)}"; ${known}`;
}

/** Says what is wanted, never what is there: it may be a secret. */
function wrongValue(name: ManagedName): string {
  const { type, pattern, minimum, maximum } = PROPERTIES[name] as { type?: string; pattern?: string; minimum?: number; maximum?: number };
  const bounds = minimum === undefined ? '' : ` from ${minimum} to ${maximum}`;
  const form = pattern === undefined ? '' : ` of the form ${pattern}`;
  return `"${name}" is not what it has to be: ${type === 'boolean' ? 'true or false' : type === 'integer' ? `a whole number${bounds}` : `a text${form}`}.`;
}

/** Later sources win, member by member. Pure. */
export function mergeManaged(sources: readonly ManagedSource[]): Managed {
  const values: Record<string, unknown> = {};
  const from: Partial<Record<ManagedName, string>> = {};
  const faults: ManagedFault[] = [];
  for (const source of sources) {
    const broken = (says: string, { line, column }: Partial<Place> = {}): void =>
      void faults.push({ source: source.name, kind: 'broken', says: line === undefined ? says : `line ${line}, column ${column}: ${says}` });
    if ('kind' in source) {
      faults.push({ source: source.name, kind: source.kind, says: source.says });
      continue;
    }
    let found: readonly Found[];
    try {
      found = 'text' in source ? parseMembers(source.text) : Object.entries(source.members).map(([name, value]) => ({ name, value }));
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      broken(`${error.message}.`, error);
      continue;
    }
    for (const member of found) {
      const { name } = member;
      const value = isName(name) ? asMeant(name, member.value, 'text' in source) : undefined;
      if (!isName(name)) broken(unknownName(name), member);
      else if (!Value.Check(PROPERTIES[name], value)) broken(wrongValue(name), member);
      else {
        values[name] = value;
        from[name] = source.name;
      }
    }
  }
  return { values: values as Managed['values'], from, faults };
}

/** This machine's. */
export const readManaged = async (): Promise<Managed> => mergeManaged(await readManagedSources());

export const managedDoor: ManagedDoor = { read: readManaged, watch: watchManaged };

const MAX_TOKEN = 200;

/**
 * The enrollment token, from the configuration or the file that it names; undefined where it names none.
 * @throws StanceError `managed-unusable` where the file cannot be used; `managed` where it is not for this user
 */
export async function readEnrollmentToken({ values }: Managed, top?: string): Promise<string | undefined> {
  const file = values.enrollmentTokenFile;
  if (values.enrollmentToken !== undefined || file === undefined) return values.enrollmentToken;
  const found = await readTrustedText(file, top);
  const unusable = (says: string): StanceError => new StanceError('managed-unusable', `${file}, which should hold the enrollment token, ${says}`);
  if (found === undefined) throw unusable('is not there.');
  if ('kind' in found) {
    if (found.kind === 'unreadable')
      throw new StanceError('managed', `${file} holds the enrollment token and is for the administrator only: the agent of the system joins, not this one.`);
    throw unusable(`is not used: ${found.says}`);
  }
  const token = found.text.trim();
  if (token === '' || token.length > MAX_TOKEN || /\s/.test(token)) throw unusable('does not hold one token and nothing else.');
  return token;
}
