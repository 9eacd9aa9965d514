/** How a check is written. DESIGN section 3. Gathering and judging are two functions, always. */
import type { Static, TSchema } from 'typebox';
import type { Got, Host, Need } from './host.ts';
import type { Finding, Judgement, NotApplicableReason, Platform } from './reading.ts';
import type { Words } from './words.ts';

export type Group = 'system' | 'disk' | 'network' | 'hardware' | 'session' | 'access' | 'software' | 'device';
/** Who can mend a failing check. */
export type Owner = 'user' | 'admin' | 'hardware';
/** `cheap`: files only; `process`: starts a program; `slow`: in the background, at most daily, cached. */
export type Cost = 'cheap' | 'process' | 'slow';
/** Whose it is. `session`: it belongs to the person at the screen, and only a process of that person's session can read it. */
export type Scope = 'system' | 'session';

/** What to watch so that a change is seen at once. */
export type Watch =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'unit'; readonly name: string }
  | { readonly kind: 'gsettings'; readonly schema: string }
  | { readonly kind: 'registry'; readonly key: string }
  | { readonly kind: 'event'; readonly name: EventSource };

/** What is no file, unit, setting or key: a new network, waking, unlocking, the kernel's packet filter. */
export type EventSource = 'network' | 'wake' | 'unlock' | 'packet-filter';

export const file = (path: string): Watch => ({ kind: 'file', path });
export const unit = (name: string): Watch => ({ kind: 'unit', name });
export const gsettings = (schema: string): Watch => ({ kind: 'gsettings', schema });
/** A key of the registry, with all below it. */
export const registryKey = (name: string): Watch => ({ kind: 'registry', key: name });
/** @public */
export const event = (name: EventSource): Watch => ({ kind: 'event', name });

/** What Windows checks say that they need. @public */
export const registry = (key: string) => ({ door: 'registry', key }) as const satisfies Need;
/** Some values of a key, and nothing else of it. */
export const registryValues = (key: string, ...names: readonly string[]) => ({ door: 'registry', key, names }) as const satisfies Need;
/** All keys right below one, by their names. @public */
export const registryChildren = (key: string) => ({ door: 'registryChildren', key }) as const satisfies Need;
/** @public */
export const cim = (namespace: string, className: string, more: { method?: string; where?: string; store?: string } = {}) =>
  ({ door: 'cim', namespace, className, ...more }) as const satisfies Need;
/** @public */
export const shellProperty = (path: string, property: string) => ({ door: 'shellProperty', path, property }) as const satisfies Need;
/** @public */
export const service = (name: string) => ({ door: 'service', name }) as const satisfies Need;
/** @public */
export const com = (name: string) => ({ door: 'com', name }) as const satisfies Need;
/** @public */
export const languageMode = { door: 'languageMode' } as const satisfies Need;
/** A file, by a path that may hold `%ProgramFiles%` and its like. @public */
export const fileStatus = (path: string) => ({ door: 'stat', path }) as const satisfies Need;

export interface Remedy {
  /** What to click or type, one step a line, for somebody who is not an engineer. Menu names are those that the system shows in that language. */
  readonly steps: readonly Words[];
  /** A deep link to the settings pane, where one exists. */
  readonly open?: string;
}

export interface WindowsReader<V> {
  readonly needs: readonly Need[];
  /** Files that were named by what was gathered (a product says where its program lies). Pure; they are looked at without another PowerShell. */
  readonly files?: (got: Got) => readonly string[];
  /** Pure. A `DoorError` thrown by `got` becomes an unknown reading. */
  readonly from: (got: Got, host: Pick<Host, 'user' | 'env' | 'now' | 'history'>) => Finding<V>;
}

/** A check: one thing we look at. One file in `src/checks/`, one line in its `index.ts`. */
export interface Check<V = unknown, P = unknown> {
  /** Stable dotted id: `disk.encryption`. */
  readonly id: string;
  /** The healthy state as a statement: "Disk is encrypted". */
  readonly title: string;
  /** One sentence for people: why it matters. */
  readonly why: string;
  readonly group: Group;
  readonly owner: Owner;
  readonly cost: Cost;
  /** Default: `system`. */
  readonly scope?: Scope;
  /** Bound on the whole reading, in milliseconds. Default: 5,000 (`cheap`, `process`), 60,000 (`slow`). */
  readonly timeoutMs?: number;
  /** Schema of the value; readings from the wire are checked against it before they are judged. */
  readonly value: TSchema;
  /** Schema of the parameters; every member has a default. */
  readonly params: TSchema;
  /** A platform without a reader is `not-applicable`. */
  readonly read: {
    readonly linux?: (host: Host) => Promise<Finding<V>>;
    readonly darwin?: (host: Host) => Promise<Finding<V>>;
    readonly win32?: WindowsReader<V>;
  };
  /** Which `not-applicable` reasons the service accepts on which platform; a platform without a reader needs no line. */
  readonly excuses?: Partial<Record<Platform, readonly NotApplicableReason[]>>;
  /** What a `not-required` reading stands for under parameters that do require something; it is judged then. Undefined where they do not. */
  readonly whenRequired?: (params: P) => V | undefined;
  readonly watch?: Partial<Record<Platform, readonly Watch[]>>;
  /** Pure: (value, parameters, moment of the judgement in ms since the epoch) → verdict. */
  readonly judge: (value: V, params: P, at: number) => Judgement;
  /** How to mend a value that fails. */
  readonly remedy: (value: V | undefined, platform: Platform) => Remedy;
  /** Control references, with ` (unverified)` behind those not read in their source. */
  readonly controls: readonly string[];
}

/** Defines a check; the schemas give `value` and `params` their types. */
export function defineCheck<S extends TSchema, P extends TSchema>(
  check: Omit<Check<Static<S>, Static<P>>, 'value' | 'params'> & { readonly value: S; readonly params: P },
): Check {
  // A check is used through its schemas from here on: `judge` is only ever given values that match them.
  return check as unknown as Check;
}

export const DEFAULT_TIMEOUT_MS: Readonly<Record<Cost, number>> = { cheap: 5_000, process: 5_000, slow: 60_000 };
