/**
 * koffi: calls of the system's libraries that Node does not make. Loaded when it is first needed and not before, since an agent that
 * nobody speaks to needs none of it. A bundle cannot hold native code: there `koffi.node` lies beside it, or in `../lib/stance`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Set by the bundler to the name of the folder beside the bundle. */
declare const ASSETS_FOLDER: string | undefined;

type Koffi = typeof import('koffi').default;

/** Where a product may keep it; the folders are as trusted as the program in them. */
function findBeside(): string {
  const folders = [import.meta.dirname, path.dirname(process.execPath), path.join(path.dirname(process.execPath), '../lib/stance')];
  const found = folders.map((folder) => path.join(folder, 'koffi.node')).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`koffi.node is not in ${folders.join(', ')}.`);
  return found;
}

let loaded: Promise<Koffi> | undefined;

/** In a product without the JavaScript around it (seen on Node 24: 6 MB with it, 3.5 MB without). @throws where there is none for this system */
export function loadKoffi(): Promise<Koffi> {
  loaded ??= (async () => {
    if (typeof ASSETS_FOLDER === 'undefined') return (await import('koffi')).default;
    return createRequire(path.join(import.meta.dirname, 'stance.cjs'))(findBeside()) as Koffi;
  })();
  return loaded;
}
