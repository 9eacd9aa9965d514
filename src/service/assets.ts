/**
 * Files that come with Stance: default policies, the status page. Named by their path under `src/`, whatever form this runs in:
 * sources in the repository, a bundle with the folder `assets` beside it, or a single executable that carries them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getAsset, isSea } from 'node:sea';

/** Set by the bundler to the name of the folder beside the bundle. */
declare const ASSETS_FOLDER: string | undefined;

/** The names of the single executable's files: Node tells what one holds, not which there are. */
export const ASSET_LIST = 'assets.json';

const root = typeof ASSETS_FOLDER === 'undefined' ? path.dirname(import.meta.dirname) : path.join(import.meta.dirname, ASSETS_FOLDER);

export const readAsset = (name: string): string => (isSea() ? getAsset(name, 'utf8') : readFileSync(path.join(root, name), 'utf8'));

/** Names of the files right in a folder of assets, in name order. */
export function assetsIn(folder: string): string[] {
  const names = isSea() ? (JSON.parse(readAsset(ASSET_LIST)) as string[]) : readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`);
  return names.filter((name) => path.posix.dirname(name) === folder).sort();
}
