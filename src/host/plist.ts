/** Property lists by `plutil` and `defaults`. **Not yet run on a real machine.** */
import { DoorError, type JsonValue, type RunResult } from '../model/index.ts';

type Run = (program: string, args: readonly string[]) => Promise<RunResult>;

/**
 * The property list at a path as JSON: dates and data have no place in JSON, so a list that holds any is EOUTPUT for now.
 * @throws DoorError ENOENT where it is absent.
 */
export async function readPlist(run: Run, path: string): Promise<JsonValue> {
  const door = `plist ${path}`;
  const { stdout, stderr, exit } = await run('plutil', ['-convert', 'json', '-o', '-', '--', path]);
  if (exit !== 0) {
    const said = stderr + stdout;
    if (/does not exist|no such file/i.test(said)) throw new DoorError('ENOENT', door);
    throw new DoorError(/permission|not permitted/i.test(said) ? 'EACCES' : 'EOUTPUT', door);
  }
  try {
    return JSON.parse(stdout) as JsonValue;
  } catch (cause) {
    throw new DoorError('EOUTPUT', door, { cause });
  }
}

/** Where macOS keeps the preferences of a user on this machine: `DOMAIN.HARDWARE-UUID.plist`. @throws DoorError ENOENT */
export async function findHostPreferences(list: (path: string) => Promise<readonly string[]>, home: string, domain: string): Promise<string> {
  const folder = `${home}/Library/Preferences/ByHost`;
  const name = (await list(folder)).find((entry) => entry.startsWith(`${domain}.`) && /^[0-9A-Fa-f-]{12,36}\.plist$/.test(entry.slice(domain.length + 1)));
  if (name === undefined) throw new DoorError('ENOENT', `plist ${domain} (current host)`);
  return `${folder}/${name}`;
}
