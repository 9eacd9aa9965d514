/** The single executable: the pinned Node with the headless bundle and its assets inside (Node's single executable applications). Linux so far. */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { assetsOf } from './headless.mjs';

/** As Node's manual names them: the resource it looks for, and the mark that says one is there. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** Where `src/service/assets.ts` finds the names of the others. */
const ASSET_LIST = 'assets.json';

/** What it prints is only of interest where it fails: postject warns of section names that nobody needs. */
function run(program, args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')} failed:\n${stdout}${stderr}`);
}

/**
 * @param {{ node: string, bundle: string, outfile: string }} options
 * @returns {Promise<void>}
 */
export async function makeExecutable({ node, bundle, outfile }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'stance-executable-'));
  try {
    const assets = await assetsOf(bundle);
    const list = path.join(folder, ASSET_LIST);
    await writeFile(list, JSON.stringify(assets.map(({ name }) => name)));
    const blob = path.join(folder, 'stance.blob');
    const configuration = path.join(folder, 'configuration.json');
    await writeFile(
      configuration,
      JSON.stringify({
        main: path.join(bundle, 'stance.cjs'),
        output: blob,
        disableExperimentalSEAWarning: true,
        // V8's cache differs from run to run: `--version` in 0.05 s instead of 0.03 s buys the same bytes from the same sources.
        useCodeCache: false,
        execArgv: ['--disable-warning=ExperimentalWarning'],
        assets: Object.fromEntries([...assets, { name: ASSET_LIST, file: list }].map(({ name, file }) => [name, file])),
      }),
    );
    // Blobs are read by the version that made them.
    run(node, ['--experimental-sea-config', configuration]);
    await copyFile(node, outfile);
    await chmod(outfile, 0o755);
    const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
    run(process.execPath, [postject, outfile, RESOURCE, blob, '--sentinel-fuse', FUSE]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
