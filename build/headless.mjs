/**
 * Bundles command line, agent and service as one small CommonJS file with parts and assets beside it: what runs on any Node 24, and
 * what the single executable carries.
 *
 * esbuild splits ES modules into parts that load when they are asked for, and drops what nobody uses; CommonJS it cannot split.
 * So it makes the parts as ES modules, each becomes a CommonJS function in a file, and twenty lines of our own load them. The agent
 * reads neither the service nor what only commands use: it keeps 0.7 MB of source instead of 2.3, and nothing compiled of the rest.
 */
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';

const ENTRY = 'stance';
const ASSETS = 'assets';
/** Among the assets, so that the single executable carries them as it does those. */
const PARTS = 'parts';
/** Folders of `src` that are read as files: `src/service/assets.ts`. */
const ASSET_FOLDERS = ['policy/default', 'policy/templates', 'service/page', 'cli/simulate/policies'];

/** Native code that no bundle can hold: `src/host/native.ts` finds it beside the product, or in `../lib/stance`. */
export const NATIVE = 'koffi.node';

/** koffi for this system, as its npm package has it; undefined where it has none. */
function findNative(root) {
  const { platform, arch } = process;
  const libc = platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : platform;
  const file = path.join(root, `node_modules/@koromix/koffi-${platform}-${arch}/${libc}_${arch}`, NATIVE);
  return existsSync(file) ? file : undefined;
}

/** Parts call each other by `./name.js`; everything else is a module of Node's. `import()` of a part is a promise of the same. */
const LOADER = `'use strict';
const { getAsset, isSea } = require('node:sea');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { compileFunction } = require('node:vm');
const loaded = new Map();
function load(name) {
  if (!name.startsWith('./')) return require(name);
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const asset = '${PARTS}/' + name.slice(2);
  const filename = join(__dirname, '${ASSETS}', asset);
  const code = isSea() ? getAsset(asset, 'utf8') : readFileSync(filename, 'utf8');
  const module = { exports: {} };
  loaded.set(name, module);
  try {
    compileFunction(code, ['exports', 'module', 'require', '__dirname'], { filename })(module.exports, module, load, __dirname);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return module.exports;
}
load('./${ENTRY}.js');
`;

/**
 * @param {{ root: string, outdir: string }} options
 * @returns {Promise<void>}
 */
export async function bundleHeadless({ root, outdir }) {
  const { outputFiles } = await build({
    entryPoints: [{ in: path.join(root, 'src/cli/main.ts'), out: ENTRY }],
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    // Names stay, for traces that people can report.
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"', 'import.meta.dirname': '__dirname', ASSETS_FOLDER: JSON.stringify(ASSETS) },
  });
  const parts = await Promise.all(
    outputFiles.map(async ({ path: file, text }) => {
      const { code } = await transform(text, { format: 'cjs', platform: 'node', target: 'node24', minify: true, supported: { 'dynamic-import': false } });
      return { name: path.basename(file), code };
    }),
  );
  const folder = path.join(outdir, ASSETS, PARTS);
  // Parts are named by what is in them: those of an earlier build would stay.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all(parts.map(({ name, code }) => writeFile(path.join(folder, name), code)));
  await writeFile(path.join(outdir, `${ENTRY}.cjs`), LOADER);
  const native = findNative(root);
  if (native !== undefined) await copyFile(native, path.join(outdir, NATIVE));
  for (const name of ASSET_FOLDERS) await cp(path.join(root, 'src', name), path.join(outdir, ASSETS, name), { recursive: true });
}

/** Names of the assets of a bundle, as `src/service/assets.ts` asks for them, with their files. */
export async function assetsOf(bundle) {
  const folder = path.join(bundle, ASSETS);
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ name: path.relative(folder, file).split(path.sep).join('/'), file }));
}
