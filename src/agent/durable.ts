/** Small files that are whole or not there: written aside, flushed, renamed, the folder flushed. Mode 0600 in a folder of mode 0700. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { StanceError } from '../model/index.ts';

const MAX_BYTES = 4 * 1024 * 1024;

export const CACHE_TAG = 'CACHEDIR.TAG';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** @throws StanceError `state-unwritable` */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StanceError('state-unwritable', `The folder ${folder} cannot be made: ${codeOf(cause)}. Name another with --state or STANCE_STATE.`, { cause });
  }
}

/** Tells backup programs that honour it to leave the folder out (Cache Directory Tagging Specification): a key and a chain that come back from a backup are somebody else's, or look like it. */
export function markAsCache(folder: string): void {
  const file = path.join(folder, CACHE_TAG);
  if (!existsSync(file)) writeDurably(file, 'Signature: 8a477f597d28d172789f06886806bc55\n# The state of the Stance agent: not to be backed up.\n');
}

/** Durable when it returns. @throws StanceError `state-unwritable` */
export function writeDurably(file: string, text: string): void {
  const folder = path.dirname(file);
  const temporary = `${file}.new`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      // Not `writeSync`, which says how much it has written: on a disk that is nearly full that may be half.
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
    // Windows cannot open folders; there the rename is as durable as it gets.
    if (process.platform !== 'win32') {
      const opened = openSync(folder, 'r');
      fsyncSync(opened);
      closeSync(opened);
    }
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new StanceError(
      'state-unwritable',
      `${file} cannot be written: ${codeOf(cause)}. Make the folder writable for this user, or name another with --state or STANCE_STATE.`,
      { cause },
    );
  }
}

/** The text of a file; `undefined` where there is none. @throws StanceError `state-corrupt` */
export function readWhole(file: string): string | undefined {
  try {
    if (statSync(file).size > MAX_BYTES) throw new StanceError('state-corrupt', `${file} is larger than anything Stance writes. Move it away.`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new StanceError('state-corrupt', `${file} cannot be read: ${codeOf(cause)}. Is it this user's?`, { cause });
  }
}

export function removeFile(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

/** A JSON document in the state folder, checked against its schema whenever it is read. */
export interface Kept<T> {
  read(): T | undefined;
  write(value: T): void;
  remove(): void;
}

export function keepIn<S extends TSchema>(folder: string, name: string, schema: S): Kept<Static<S>> {
  const file = path.join(folder, name);
  const validator: Validator = Compile(schema);
  return {
    read() {
      const text = readWhole(file);
      if (text === undefined) return undefined;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (cause) {
        throw new StanceError('state-corrupt', `${file} is not JSON. Move it away; the agent makes a new one.`, { cause });
      }
      if (!validator.Check(value))
        throw new StanceError('state-corrupt', `${file} is not what this version of Stance writes. Move it away; the agent makes a new one.`);
      return value as Static<S>;
    },
    write: (value) => writeDurably(file, JSON.stringify(value)),
    remove: () => removeFile(file),
  };
}
