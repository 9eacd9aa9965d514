/**
 * One folder for what a run of the tests leaves behind: made before, removed after. Workers and whatever they start inherit it.
 * Its name is short, for sockets in it (108 characters, unix(7)), and every user may enter, for tests with users of their own.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export default function setup() {
  const [outside, scratch] = [process.env.TMPDIR, mkdtempSync(path.join(tmpdir(), 'st-'))];
  chmodSync(scratch, 0o1777);
  process.env.TMPDIR = scratch;
  globalThis.removeScratch = () => {
    if (outside === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outside;
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  };
}
