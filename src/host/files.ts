/** Reads files without ever waiting on one: sizes bounded, FIFOs and devices refused. */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, readlink, stat } from 'node:fs/promises';
import { DoorError, type FileStatus } from '../model/index.ts';

/** Largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Most entries of a folder that are looked at. */
const MAX_ENTRIES = 10_000;

/** Turns any failure of `node:fs` into a `DoorError` with its errno name. */
async function door<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DoorError) throw error;
    throw new DoorError((error as NodeJS.ErrnoException).code ?? 'EIO', name, { cause: error });
  }
}

/** The bytes of a regular file; `/proc` and `/sys` files say size 0, so reading goes on until the end or the bound. */
export const readBytes = (path: string): Promise<Uint8Array> =>
  door(`read ${path}`, async () => {
    // O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await handle.stat()).isFile()) throw new DoorError('EINVAL', `read ${path}`);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024));
        if (bytesRead === 0) return Buffer.concat(chunks);
        size += bytesRead;
        if (size > MAX_FILE_BYTES) throw new DoorError('EOUTPUT', `read ${path}`);
        chunks.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await handle.close();
    }
  });

const decoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 text of a file; the NULs that some files under `/proc` end with are kept. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new DoorError('EOUTPUT', `read ${path}`, { cause });
  }
}

export const listFolder = (path: string): Promise<readonly string[]> =>
  door(`list ${path}`, async () => {
    const entries = await readdir(path);
    if (entries.length > MAX_ENTRIES) throw new DoorError('EOUTPUT', `list ${path}`);
    return entries.sort();
  });

export const readLink = (path: string): Promise<string> => door(`link ${path}`, () => readlink(path));

function typeOf(status: Stats): FileStatus['type'] {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'directory';
  if (status.isSymbolicLink()) return 'link';
  if (status.isCharacterDevice()) return 'character';
  if (status.isBlockDevice()) return 'block';
  return status.isFIFO() ? 'fifo' : 'socket';
}

/** Status of what a path leads to; of the link itself where it leads nowhere. */
export const statFile = (path: string): Promise<FileStatus> =>
  door(`stat ${path}`, async () => {
    const status = await stat(path).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? lstat(path) : Promise.reject(error)));
    return {
      type: typeOf(status),
      size: status.size,
      mtime: status.mtime.toISOString(),
      mode: (status.mode & 0o7777).toString(8).padStart(4, '0'),
      uid: status.uid,
      gid: status.gid,
    };
  });
