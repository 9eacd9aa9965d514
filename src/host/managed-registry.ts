/** The policy key of Windows, by `reg.exe`: no PowerShell, no native module. **Not yet run on a real machine.** */
import { DoorError, type JsonValue, MANAGED_PLACES, type ManagedSource, type RunResult, UnparsableError } from '../model/index.ts';

const LONG_KEY = MANAGED_PLACES.win32.replace(/^HKLM\\/, 'HKEY_LOCAL_MACHINE\\');
const PARENT = MANAGED_PLACES.win32.slice(0, MANAGED_PLACES.win32.lastIndexOf('\\'));
/** What a 32-bit program would see is another key. */
const VIEW = '/reg:64';
const VALUE = /^ {4}(\S(?:.*?\S)??) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/;
/** The key's default value has a name in the system's language, in brackets. */
const DEFAULT = /^\(.+\)$/;
const MAX_LINES = 1000;

const linesOf = (stdout: string): string[] => stdout.split(/\r?\n/).slice(0, MAX_LINES);

function readValue(type: string, text: string): JsonValue {
  switch (type) {
    case 'REG_DWORD':
    case 'REG_QWORD': {
      const number = /^0x[0-9a-f]{1,16}$/i.test(text) ? Number(text) : Number.NaN;
      if (!Number.isSafeInteger(number)) throw new UnparsableError(`not a number: ${type}`);
      return number;
    }
    case 'REG_MULTI_SZ':
      return text === '' ? [] : text.split('\\0');
    default:
      return text;
  }
}

/** `reg query KEY`: the values of the key itself, not those of keys below it. @throws UnparsableError */
export function parseRegistryValues(stdout: string, key: string = LONG_KEY): Readonly<Record<string, JsonValue>> {
  const values: [string, JsonValue][] = [];
  let own = false;
  let seen = false;
  for (const line of linesOf(stdout)) {
    if (line.trim() === '') continue;
    if (/^HKEY_/.test(line)) {
      own = line.trimEnd().toLowerCase() === key.toLowerCase();
      seen ||= own;
      continue;
    }
    const [, name = '', type = '', text = ''] = VALUE.exec(line) ?? [];
    if (name === '') throw new UnparsableError('a line that is neither key nor value');
    if (own && !DEFAULT.test(name)) values.push([name, readValue(type, text)]);
  }
  if (!seen) throw new UnparsableError('the key is not in the answer');
  return Object.fromEntries(values);
}

/** Whether `reg query` of the parent names the key. The error for a key that is not there would be in the system's language. */
export const namesKey = (stdout: string, key: string = LONG_KEY): boolean => linesOf(stdout).some((line) => line.trimEnd().toLowerCase() === key.toLowerCase());

export async function readManagedRegistry(run: (program: string, args: readonly string[]) => Promise<RunResult>): Promise<readonly ManagedSource[]> {
  const name = MANAGED_PLACES.win32;
  const ask = async (key: string): Promise<string> => {
    const { stdout, exit } = await run('reg', ['query', key, VIEW]);
    if (exit !== 0) throw new DoorError('EACCES', `reg query ${key}`);
    return stdout;
  };
  try {
    if (!namesKey(await ask(PARENT))) return [];
    return [{ name, members: parseRegistryValues(await ask(name)) }];
  } catch (error) {
    if (error instanceof UnparsableError) return [{ name, kind: 'broken', says: `the answer of reg.exe is not understood: ${error.message}.` }];
    if (!(error instanceof DoorError)) throw error;
    return [{ name, kind: 'unreadable', says: `${error.message}. Is reg.exe forbidden to this user?` }];
  }
}
