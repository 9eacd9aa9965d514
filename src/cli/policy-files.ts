/** Reads policy files, of a folder or the ones that come with Stance; what they mean is decided in `src/policy`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { StanceError } from '../model/index.ts';
import { assetsIn, readAsset } from '../service/assets.ts';

export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

/** The policies that come with Stance. No path: in a single executable they lie in no folder. */
export const DEFAULT_POLICIES: unique symbol = Symbol('default policies');

const MAX_FILES = 500;
const MAX_BYTES = 1024 * 1024;

/** All `*.yaml` and `*.yml` of a folder and the folders in it, in name order. @throws StanceError `policy-invalid` */
export function readPolicyFolder(folder: string | typeof DEFAULT_POLICIES): PolicyFile[] {
  if (folder === DEFAULT_POLICIES) return assetsIn('policy/default').map((name) => ({ name: path.posix.basename(name), text: readAsset(name) }));
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name));
  } catch (cause) {
    throw new StanceError(
      'policy-invalid',
      `The policy folder ${folder} cannot be read: ${(cause as NodeJS.ErrnoException).code}. Name a folder of YAML files.`,
      { cause },
    );
  }
  if (names.length === 0) throw new StanceError('policy-invalid', `There is no YAML file in ${folder}.`);
  if (names.length > MAX_FILES) throw new StanceError('policy-invalid', `${folder} holds ${names.length} YAML files; ${MAX_FILES} are the most.`);
  return names.sort().map((name) => {
    const file = path.join(folder, name);
    if (statSync(file).size > MAX_BYTES) throw new StanceError('policy-invalid', `${file} is larger than 1 MiB.`);
    return { name, text: readFileSync(file, 'utf8') };
  });
}
