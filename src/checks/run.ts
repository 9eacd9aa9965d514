/** Runs readers under their bounds, and judges what they found. Whatever goes wrong becomes `unknown` with its reason. */
import { performance } from 'node:perf_hooks';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Value } from 'typebox/value';
import {
  attempt,
  type Check,
  DEFAULT_TIMEOUT_MS,
  DoorError,
  type Finding,
  type Got,
  gatherTimeoutMs,
  type Host,
  type Judgement,
  notApplicable,
  type Reading,
  reasonOf,
  type UnknownReason,
  UnparsableError,
  undecided,
  unknown,
  type Verdict,
} from '../model/index.ts';
import { shareCalls } from './share-calls.ts';

const MAX_DETAIL = 500;
/** What ending PowerShell and reading its answers may take beyond its own bound. */
const GATHER_GRACE_MS = 5_000;
const compiled = new WeakMap<TSchema, Validator>();

/** The compiled schema of a value; compiled once. */
function validatorOf(schema: TSchema): Validator {
  const kept = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, kept);
  return kept;
}

const WORDS: Partial<Readonly<Record<UnknownReason, string>>> = {
  permission: 'Not allowed',
  timeout: 'No answer in time',
  'missing-tool': 'Not there',
  unparsable: 'Not understood',
  'service-not-running': 'systemd does not run',
  'not-recorded': 'Not in the recording',
};

/** What went wrong, for people: how, and which door. */
function describe(error: unknown): string {
  if (error instanceof DoorError)
    return `${WORDS[reasonOf(error)] ?? (error.code === 'ENOTSUP' ? 'Not possible here' : `Failed (${error.code})`)}: ${error.door}`;
  return error instanceof Error ? error.message : String(error);
}

/** Without the names of the person: what is said of a reading leaves the device. */
function withoutNames(text: string, { HOME, USER, USERNAME }: Host['env']): string {
  const home = HOME === undefined || HOME.length < 2 ? text : text.replaceAll(HOME, '~');
  return [USER, USERNAME].reduce<string>((said, name) => (name === undefined || name.length < 3 ? said : said.replaceAll(name, '$USER')), home);
}

const findingOf = (error: unknown): Finding<never> => unknown(reasonOf(error), describe(error));

/** A reader that hangs delays nobody beyond its own bound. */
function within<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new DoorError('ETIMEDOUT', `no reading within ${timeoutMs} ms`)), timeoutMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

/** What was gathered, and the files that it named. */
async function withFiles(got: Got, paths: readonly string[], host: Host): Promise<Got> {
  const files = new Map(await Promise.all(paths.map(async (path) => [path, await attempt(host.stat(path))] as const)));
  return (need) => {
    const file = need.door === 'stat' ? files.get(need.path) : undefined;
    if (file === undefined) return got(need);
    if (file instanceof DoorError) throw file;
    return file as never;
  };
}

async function find(check: Check, host: Host, gathered: Promise<Got> | undefined): Promise<Finding<unknown>> {
  if (host.os === 'win32') {
    const reader = check.read.win32;
    if (reader === undefined || gathered === undefined) return notApplicable('platform');
    const got = await gathered;
    return reader.from(reader.files === undefined ? got : await withFiles(got, reader.files(got), host), host);
  }
  const reader = check.read[host.os];
  return reader === undefined ? notApplicable('platform') : reader(host);
}

interface Gathering {
  readonly got: Promise<Got>;
  /** Bound on it, in milliseconds. What a check waits for it is not the check's own time. */
  readonly timeoutMs: number;
}

function gather(checks: readonly Check[], host: Host): Gathering {
  const needs = checks.flatMap((check) => check.read.win32?.needs ?? []);
  const timeoutMs = gatherTimeoutMs(needs) + GATHER_GRACE_MS;
  const got = within(host.gather(needs), timeoutMs);
  // Each check that waits for it says so; where none does, a failure is nobody's.
  got.catch(() => {});
  return { got, timeoutMs };
}

async function readOne(check: Check, host: Host, gathering: Gathering | undefined): Promise<Reading> {
  const startedAt = performance.now();
  const readAt = new Date(host.now()).toISOString();
  let finding: Finding<unknown>;
  try {
    const timeoutMs = (check.timeoutMs ?? DEFAULT_TIMEOUT_MS[check.cost]) + (gathering?.timeoutMs ?? 0);
    finding = await within(find(check, host, gathering?.got), timeoutMs);
    if (finding.status === 'known' && !validatorOf(check.value).Check(finding.value))
      finding = unknown('internal', `The reader of ${check.id} gave a value that its schema does not allow.`);
  } catch (error) {
    finding = findingOf(error);
  }
  const detail = 'detail' in finding && finding.detail !== undefined ? { detail: withoutNames(finding.detail, host.env).slice(0, MAX_DETAIL) } : {};
  return { check: check.id, ...finding, ...detail, readAt, tookMs: Math.round((performance.now() - startedAt) * 10) / 10 };
}

/** Reads all checks at once: equal calls are one, and on Windows all needs are gathered in one go. Never rejects. */
export function readChecks(checks: readonly Check[], machine: Host): Promise<Reading[]> {
  const host = shareCalls(machine);
  const gathering = host.os === 'win32' ? gather(checks, host) : undefined;
  return Promise.all(checks.map((check) => readOne(check, host, gathering)));
}

/**
 * Judges a reading: (value, parameters, moment in ms) → verdict. A value that does not have the check's type is `unknown`:
 * it came over the wire, or from an older catalogue. Whether `not-applicable` is granted is not decided here.
 */
export function judgeReading(check: Check, reading: Reading, params: unknown, at: number): { verdict: Verdict; because?: string } {
  switch (reading.status) {
    case 'not-applicable': {
      // The reader cannot know what a baseline asks for.
      const value = reading.reason === 'not-required' ? check.whenRequired?.(params) : undefined;
      if (value !== undefined) return judged(check, value, params, at);
      return { verdict: 'not-applicable', ...(reading.detail === undefined ? {} : { because: reading.detail }) };
    }
    case 'unknown':
      return { verdict: 'unknown', ...(reading.detail === undefined ? {} : { because: reading.detail }) };
    case 'known':
      return validatorOf(check.value).Check(reading.value)
        ? judged(check, reading.value, params, at)
        : undecided('The value is not of the type that this check has.');
  }
}

function judged(check: Check, value: unknown, params: unknown, at: number): Judgement {
  try {
    return check.judge(value, params, at);
  } catch (error) {
    return undecided(error instanceof UnparsableError ? error.message : `The judge of ${check.id} failed.`);
  }
}

const defaults = new WeakMap<Check, unknown>();

/** The parameters of a check with every default filled in. */
export function defaultParams(check: Check): unknown {
  if (!defaults.has(check)) defaults.set(check, Value.Default(check.params, {}));
  return defaults.get(check);
}
