/**
 * Files that count only as far as nobody but the administrator can have written them: owned by root, not writable by group or
 * others, in folders of which the same is true, and no symbolic link anywhere on the way.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type { ManagedFault, ManagedSource } from '../model/index.ts';

/** A configuration of a dozen values is a few hundred bytes. */
const MAX_BYTES = 64 * 1024;
const ADMINISTRATOR = 0;

type Refusal = Omit<ManagedFault, 'source'>;
const ignored = (says: string): Refusal => ({ kind: 'ignored', says });
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Why a file or folder could be somebody else's word; undefined where it could not. */
function distrustOf(name: string, subject: string, status: Stats): string | undefined {
  // Windows has no owner and no mode to look at here; what guards a file there is its access list, and IT names the file in the policy key.
  if (process.platform === 'win32') return undefined;
  if (status.isSymbolicLink()) return `${subject} a symbolic link, which is not followed. Put the thing itself there.`;
  if (status.uid !== ADMINISTRATOR) return `${subject} owned by user ${status.uid}, not by root. As root: chown root: '${name}'`;
  if ((status.mode & 0o022) === 0) return undefined;
  const who = (status.mode & 0o002) === 0 ? 'its group' : 'everybody';
  return `${subject} writable by ${who} (mode ${(status.mode & 0o7777).toString(8).padStart(4, '0')}). As root: chmod go-w '${name}'`;
}

/** The first folder on the way to a file, from the top down, that is not the administrator's alone. @throws errno, ENOENT among them */
async function distrustOfFolders(file: string, top: string): Promise<string | undefined> {
  const folders: string[] = [];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    folders.unshift(folder);
    if (folder === top || path.dirname(folder) === folder) break;
  }
  for (const folder of folders) {
    const distrust = distrustOf(folder, `its folder ${folder} is`, await lstat(folder));
    if (distrust !== undefined) return distrust;
  }
  return undefined;
}

/** The bytes of a file that is the administrator's, read from what was looked at. Undefined where there is none. */
async function openTrusted(file: string): Promise<Uint8Array | Refusal | undefined> {
  try {
    // Neither a link nor a FIFO that nobody writes to.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const status = await handle.stat();
      if (!status.isFile()) return ignored('it is not a file.');
      const distrust = distrustOf(file, 'it is', status);
      if (distrust !== undefined) return ignored(distrust);
      if (status.size > MAX_BYTES) return { kind: 'broken', says: `it is larger than ${MAX_BYTES / 1024} KiB.` };
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    const status = await lstat(file);
    const distrust = distrustOf(file, 'it is', status);
    if (distrust !== undefined) return ignored(distrust);
    return code === 'EACCES' || code === 'EPERM' ? { kind: 'unreadable', says: 'it is for the administrator only.' } : { kind: 'broken', says: code };
  }
}

/**
 * A file that is the administrator's alone, or why it does not count; undefined where there is none. `top`: the folders above it are taken
 * to be in order; tests live below folders that everybody can write to.
 */
export async function readTrusted(file: string, top = '/'): Promise<Uint8Array | Refusal | undefined> {
  try {
    const distrust = await distrustOfFolders(file, top);
    if (distrust === undefined) return await openTrusted(file);
    // A file that is not there is not ignored.
    await lstat(file);
    return ignored(distrust);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return code === 'EACCES' ? { kind: 'unreadable', says: 'its folder is for the administrator only.' } : { kind: 'broken', says: code };
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 of a trusted file. */
export async function readTrustedText(file: string, top?: string): Promise<{ readonly text: string } | Refusal | undefined> {
  const found = await readTrusted(file, top);
  if (!(found instanceof Uint8Array)) return found;
  try {
    return { text: decoder.decode(found) };
  } catch {
    return { kind: 'broken', says: 'it is not UTF-8 text.' };
  }
}

/** Every `*.json` of a folder, in the order of their names; hidden files are an editor's. None where there is no folder. */
export async function readManagedFolder(folder: string, top?: string): Promise<readonly ManagedSource[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    return [
      {
        name: folder,
        ...(code === 'EACCES' ? { kind: 'unreadable' as const, says: 'it is for the administrator only.' } : { kind: 'broken' as const, says: code }),
      },
    ];
  }
  const sources: ManagedSource[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    const found = await readTrustedText(file, top);
    if (found !== undefined) sources.push({ name: file, ...found });
  }
  return sources;
}
