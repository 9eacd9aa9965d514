/**
 * The only way a check sees the machine. Doors are named by meaning, so that a recorded machine does not depend on
 * how a door is built. DESIGN section 4. Every door throws a `DoorError`, and nothing else, when it cannot answer.
 */
import type { JsonValue } from './json.ts';
import type { Platform, UnknownReason } from './reading.ts';

/** What a run program left behind. A non-zero exit is an answer, not an error. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; a program ended by a signal is a `DoorError`, not a result. */
  readonly exit: number;
}

export interface FileStatus {
  readonly type: 'file' | 'directory' | 'link' | 'character' | 'block' | 'fifo' | 'socket';
  /** Bytes. */
  readonly size: number;
  /** ISO 8601, UTC. */
  readonly mtime: string;
  /** Permission bits in octal, four digits: `0644`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** A systemd unit: `LoadState`, `ActiveState`, `UnitFileState`. An absent one has `load: 'not-found'`. */
export interface UnitStatus {
  readonly load: string;
  readonly active: string;
  readonly enabled: string;
}

export interface SettingValue {
  readonly value: JsonValue;
  /** Whether the person set it, or it is the schema's default. Absent where that cannot be told. */
  readonly source?: 'user' | 'default';
}

export interface RegistryKey {
  /** REG_DWORD as unsigned numbers, REG_SZ as text, REG_MULTI_SZ as lists. Names as Windows has them; match without case. */
  readonly values: Readonly<Record<string, JsonValue>>;
  readonly keys: readonly string[];
  /** ISO 8601, where the door can tell. */
  readonly writtenAt?: string;
}

export interface WindowsService {
  readonly state: 'running' | 'stopped' | 'paused' | 'pending';
  readonly start: 'boot' | 'system' | 'auto' | 'manual' | 'disabled';
}

export type CimRow = Readonly<Record<string, JsonValue>>;

/** One thing that a Windows check wants; the host gathers those of all checks in one PowerShell. */
export type Need =
  | {
      readonly door: 'registry';
      readonly key: string;
      /** Only these values are read, and no names of keys: for a key that also holds what nobody should see. */
      readonly names?: readonly string[];
    }
  | { readonly door: 'registryChildren'; readonly key: string }
  | {
      readonly door: 'cim';
      readonly namespace: string;
      readonly className: string;
      readonly method?: string;
      readonly where?: string;
      readonly store?: string;
    }
  | { readonly door: 'shellProperty'; readonly path: string; readonly property: string }
  | { readonly door: 'service'; readonly name: string }
  | { readonly door: 'com'; readonly name: string }
  | { readonly door: 'languageMode' }
  | { readonly door: 'stat'; readonly path: string };

/** PowerShell alone takes seconds to start on a busy machine. */
const GATHER_TIMEOUT_MS = 30_000;
/** A search for updates asks Microsoft or the company's own server. */
const SEARCH_TIMEOUT_MS = 120_000;

/** How long gathering these needs may take, in milliseconds. What has not answered by then fails with ETIMEDOUT. */
export const gatherTimeoutMs = (needs: readonly Need[]): number =>
  needs.some((need) => need.door === 'com' && need.name === 'Microsoft.Update.Session') ? SEARCH_TIMEOUT_MS : GATHER_TIMEOUT_MS;

/** What a need answers with. */
export interface NeedResults {
  readonly registry: RegistryKey;
  /** By the names of the keys, as Windows has them; one that could not be opened is the `DoorError` that says why. */
  readonly registryChildren: Readonly<Record<string, RegistryKey | DoorError>>;
  readonly cim: readonly CimRow[];
  readonly shellProperty: JsonValue;
  readonly service: WindowsService;
  readonly com: JsonValue;
  readonly languageMode: string;
  readonly stat: FileStatus;
}

/** The gathered answers. Asking for a need that failed throws its `DoorError`. */
export type Got = <N extends Need>(need: N) => NeedResults[N['door']];

export interface HostUser {
  readonly uid: number;
  /** root, Administrators (elevated or not), or a member of sudo, wheel, admin. */
  readonly admin: boolean;
  readonly groups: readonly string[];
  /** Nothing told which groups this is a member of: `admin: false` is then no answer. */
  readonly unsure?: boolean;
}

export interface Host {
  readonly os: Platform;
  /** Describes only; nothing is judged by it. */
  readonly release: string;
  readonly user: HostUser;
  /** Allow-listed variables of the session: XDG_CURRENT_DESKTOP, WSL_DISTRO_NAME, HOME, … */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** First-seen dates that the agent keeps for a check (`os.security_updates` → package → ISO 8601). */
  history(check: string): Readonly<Record<string, string>>;

  /** Starts a program, without a shell, with `LC_ALL=C`. `program` is a base name; the host knows where programs live. */
  run(program: string, args: readonly string[], options?: { readonly timeoutMs?: number }): Promise<RunResult>;
  /** A small text file (at most 1 MiB; EOUTPUT beyond, or when it is not UTF-8). */
  read(path: string): Promise<string>;
  readBytes(path: string): Promise<Uint8Array>;
  list(path: string): Promise<readonly string[]>;
  /** The raw text of a symbolic link. */
  link(path: string): Promise<string>;
  stat(path: string): Promise<FileStatus>;
  unit(name: string, scope?: 'system' | 'user'): Promise<UnitStatus>;
  gsettings(schema: string, key: string): Promise<SettingValue>;
  /** A property list: a path, or with `host: 'current'` a preferences domain of this user on this machine. */
  plist(pathOrDomain: string, options?: { readonly host?: 'current' }): Promise<JsonValue>;
  /** Windows: all needs at once. The promise always fulfils; single failures come out of `Got`. */
  gather(needs: readonly Need[]): Promise<Got>;
}

/**
 * Errno names, and: ETIMEDOUT, EOUTPUT (too much, or not text), ENOSYSTEMD (not booted with systemd), ENOTRECORDED, and ENOTOOL: the program
 * that answers for a door is not there, which says nothing of the thing that was asked for.
 */
export class DoorError extends Error {
  override readonly name = 'DoorError';
  readonly code: string;
  /** Which door, with its argument: `run nft list ruleset`. */
  readonly door: string;
  constructor(code: string, door: string, options?: ErrorOptions) {
    super(`${code}: ${door}`, options);
    this.code = code;
    this.door = door;
  }
}

/** Thrown by a parser that does not understand an answer. */
export class UnparsableError extends Error {
  override readonly name = 'UnparsableError';
}

/** The reason that a failed door gives an unknown reading. */
export function reasonOf(error: unknown): UnknownReason {
  if (error instanceof UnparsableError) return 'unparsable';
  if (!(error instanceof DoorError)) return 'internal';
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENOTOOL':
      return 'missing-tool';
    case 'EOUTPUT':
      return 'unparsable';
    case 'ENOSYSTEMD':
      return 'service-not-running';
    case 'ENOTRECORDED':
      return 'not-recorded';
    default:
      return 'unsupported';
  }
}

/** True where a door said that the thing is not there: an answer, unlike every other failure. */
export const isAbsent = (error: unknown): boolean => error instanceof DoorError && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** The value of a door, or `undefined` where the thing is absent; every other failure is thrown on. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The value of a door or the `DoorError` it failed with, for readers that have another source to try. */
export async function attempt<T>(answer: Promise<T>): Promise<T | DoorError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DoorError) return error;
    throw error;
  }
}
