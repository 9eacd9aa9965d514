/**
 * Bundles command line, agent and service as ONE CommonJS file with its assets beside it: what runs on any Node 24, and what the
 * single executable carries.
 *
 * esbuild splits ES modules into parts that load when they are asked for, and drops what nobody uses; CommonJS it cannot split.
 * So it makes the parts as ES modules, each becomes a CommonJS function, and twenty lines of our own load them. The agent, which
 * never loads the service, is 10 MB smaller than in esbuild's own CommonJS bundle (seen on Node 24).
 */
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, transform } from 'esbuild';

const ENTRY = 'stance';
const ASSETS = 'assets';
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
const join = (parts) => `'use strict';
const parts = {
${parts.map(({ name, code }) => `${JSON.stringify(`./${name}`)}(exports, module, require) {\n${code}}`).join(',\n')}
};
const loaded = {};
function load(name) {
  const part = parts[name];
  if (part === undefined) return require(name);
  if (loaded[name] === undefined) {
    const module = (loaded[name] = { exports: {} });
    part(module.exports, module, load);
  }
  return loaded[name].exports;
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
  await mkdir(outdir, { recursive: true });
  // In name order, so that the same sources make the same bytes.
  parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFile(path.join(outdir, `${ENTRY}.cjs`), join(parts));
  const native = findNative(root);
  if (native !== undefined) await copyFile(native, path.join(outdir, NATIVE));
  for (const folder of ASSET_FOLDERS) await cp(path.join(root, 'src', folder), path.join(outdir, ASSETS, folder), { recursive: true });
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
