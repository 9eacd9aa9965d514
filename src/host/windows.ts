/** The doors of Windows: everything that all checks need, out of one PowerShell. **Not yet run on a real machine.** */
import { type CimRow, DoorError, type Got, type JsonValue, type Need, type NeedResults, type RegistryKey } from '../model/index.ts';
import { buildScript } from './windows-script.ts';

/** What a PowerShell error means: by HRESULT and error id, never by its localised message. */
function codeOf(id: string, hresult: number): string {
  if (/UnauthorizedAccess|PermissionDenied|AccessDenied|SecurityException|2147942405|80041003|0x80070005/i.test(id)) return 'EACCES';
  if ([-2147024891, -2147217405].includes(hresult)) return 'EACCES';
  if (/PathNotFound|ItemNotFound|0x8004100[0e2]|0x80041010|InvalidNamespace|ObjectNotFound/i.test(id)) return 'ENOENT';
  if ([-2147217394, -2147217392, -2147024894].includes(hresult)) return 'ENOENT';
  if (/OperationTimeout|0x80040004|0x800705b4/i.test(id) || hresult === -2147023436) return 'ETIMEDOUT';
  // Constrained language mode refuses COM objects and calls of methods.
  if (/ConstrainedLanguage/i.test(id)) return 'ENOTSUP';
  return 'EIO';
}

const nameOf = (need: Need): string => `${need.door} ${Object.values(need).slice(1).join(' ')}`.trim();
/** PowerShell 5.1 turns a list of one into the one. */
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]);
const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** PowerShell 5.1 prints a time as `/Date(1732435200000)/`, later ones as ISO 8601 with any offset. */
function plain(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  const ms = typeof value === 'string' ? /^\/Date\((-?\d{1,15})\)\/$/.exec(value)?.[1] : undefined;
  return ms === undefined ? (value as JsonValue) : new Date(Number(ms)).toISOString();
}

function registryKeyOf(value: unknown): RegistryKey {
  const { values, keys } = objectOf(value);
  // REG_DWORDs come as signed numbers.
  const unsigned = (member: unknown): JsonValue => (typeof member === 'number' && member < 0 && member >= -(2 ** 31) ? member + 2 ** 32 : plain(member));
  return {
    values: Object.fromEntries(Object.entries(objectOf(values)).map(([name, member]) => [name === '(default)' ? '' : name, unsigned(member)])),
    keys: listOf(keys).map(String),
  };
}

const SERVICE_STATES: Readonly<Record<string, NeedResults['service']['state']>> = { running: 'running', stopped: 'stopped', paused: 'paused' };
const SERVICE_STARTS: Readonly<Record<string, NeedResults['service']['start']>> = {
  ...{ boot: 'boot', system: 'system', auto: 'auto', manual: 'manual', disabled: 'disabled' },
};

interface Answer {
  readonly v?: unknown;
  readonly e?: unknown;
  readonly h?: unknown;
}
const failureOf = ({ e, h }: Answer, name: string): DoorError => new DoorError(codeOf(String(e), Number(h)), name);

function shape(need: Need, value: unknown): NeedResults[Need['door']] {
  switch (need.door) {
    case 'registry':
      return registryKeyOf(value);
    case 'registryChildren':
      return Object.fromEntries(
        Object.entries(objectOf(value)).map(([name, key]) => [
          name,
          objectOf(key).e === undefined ? registryKeyOf(key) : failureOf(objectOf(key), `registry ${need.key}\\${name}`),
        ]),
      );
    case 'cim':
      // A method's answer stands beside the row that it was asked of; its members win.
      return listOf(value).map((row) => plain(need.method === undefined ? row : { ...objectOf(objectOf(row).row), ...objectOf(objectOf(row).out) }) as CimRow);
    case 'service': {
      const { state, start } = objectOf(value);
      const known = { state: SERVICE_STATES[String(state).toLowerCase()] ?? 'pending', start: SERVICE_STARTS[String(start).toLowerCase()] };
      if (known.start === undefined) throw new DoorError('EOUTPUT', nameOf(need));
      return known as NeedResults['service'];
    }
    case 'languageMode':
      return String(value);
    default:
      return plain(value) as NeedResults['com'];
  }
}

/** Reads the script's lines. A need without a usable answer throws its `DoorError` when it is asked for; `silence`: the code of one that got none. */
export function parseAnswer(needs: readonly Need[], stdout: string, silence = 'EOUTPUT'): Got {
  const answers = new Map<number, Answer>();
  for (const line of stdout.replace(/^\uFEFF/, '').split('\n')) {
    try {
      const { i, ...answer } = objectOf(JSON.parse(line));
      if (typeof i === 'number') answers.set(i, answer);
    } catch {
      // A line that PowerShell cut short, or that is not ours: the need that it was for has no answer.
    }
  }
  const places = new Map(needs.map((need, index) => [JSON.stringify(need), index]));
  return (need) => {
    const answer = answers.get(places.get(JSON.stringify(need)) ?? -1);
    if (answer === undefined) throw new DoorError(silence, nameOf(need));
    if (answer.e !== undefined) throw failureOf(answer, nameOf(need));
    return shape(need, answer.v) as never;
  };
}

/** Starts PowerShell with a script; `onOutput` is given its standard output as it comes. */
export type RunScript = (program: string, args: readonly string[], onOutput: (chunk: Uint8Array) => void) => Promise<unknown>;

/** All needs in one process. What was answered before it ended, or was ended, counts; a need without an answer fails with what ended it. */
export async function gatherOnWindows(run: RunScript, wanted: readonly Need[]): Promise<Got> {
  const needs = [...new Map(wanted.map((need) => [JSON.stringify(need), need])).values()];
  if (needs.length === 0) return parseAnswer(needs, '');
  // What is in another code page (constrained language mode) is names: it must not take the numbers with it.
  const decoder = new TextDecoder('utf-8');
  let output = '';
  let ending: DoorError | undefined;
  try {
    await run('powershell', ['-NoProfile', '-NonInteractive', '-Command', buildScript(needs)], (chunk) => {
      output += decoder.decode(chunk, { stream: true });
    });
  } catch (error) {
    if (!(error instanceof DoorError)) throw error;
    ending = error;
  }
  // That PowerShell is absent does not make absent what it was to look for.
  return parseAnswer(needs, output, ending?.code === 'ENOENT' ? 'ENOTOOL' : ending?.code);
}
