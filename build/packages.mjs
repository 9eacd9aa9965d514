/**
 * `npm run build`: the tray's bundles, the headless bundle, the single executable, the Debian package and the SDK, in `dist/`.
 * What this machine cannot make is said in words, and is no failure.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundle } from './bundle.mjs';
import { canMakeDeb, makeDeb } from './deb.mjs';
import { makeExecutable } from './executable.mjs';
import { NATIVE } from './headless.mjs';
import { makeSdk } from './sdk.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * The headless product, each form made of the one before it. Tells the files it wrote.
 * @param {{ outdir: string }} options
 * @returns {Promise<{ bundle: string, executable?: string, deb?: string }>}
 */
export async function makeHeadless({ outdir }) {
  await mkdir(outdir, { recursive: true });
  await bundle({ outdir, only: ['headless'] });
  const made = { bundle: path.join(outdir, 'headless/stance.cjs') };
  if (process.platform !== 'linux') return made;
  const executable = path.join(outdir, 'stance');
  // The Node that runs this is the pinned one, or one that the person brought.
  await makeExecutable({ node: process.execPath, bundle: path.dirname(made.bundle), outfile: executable });
  const native = path.join(path.dirname(made.bundle), NATIVE);
  if (existsSync(native)) await copyFile(native, path.join(outdir, NATIVE));
  return { ...made, executable, ...(canMakeDeb() ? { deb: await makeDeb({ root, executable, outdir }) } : {}) };
}

if (import.meta.main) {
  const outdir = path.join(root, 'dist');
  await bundle({ outdir });
  const made = await makeHeadless({ outdir });
  const sdk = await makeSdk({ root, outdir: path.join(outdir, 'verify') });
  const written = { tray: path.join(outdir, 'main/main.cjs'), 'headless bundle': made.bundle, 'single executable': made.executable, deb: made.deb };
  for (const [name, file] of Object.entries(written)) {
    const size = file === undefined ? undefined : (await stat(file)).size;
    process.stdout.write(
      `${name.padEnd(19)}${size === undefined ? 'not made: it needs Linux, and dpkg-deb for the package' : `${path.relative(root, file)}  ${(size / 1024 / 1024).toFixed(1)} MiB`}\n`,
    );
  }
  const code = await readFile(sdk.browser);
  process.stdout.write(
    `${'SDK, in a browser'.padEnd(19)}${path.relative(root, sdk.browser)}  ${(code.length / 1024).toFixed(1)} KiB, ${(gzipSync(code).length / 1024).toFixed(1)} KiB gzipped\n`,
  );
}
