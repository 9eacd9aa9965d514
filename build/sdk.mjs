/**
 * The SDK for relying parties, `dist/verify/`: an npm package of its own (`npm pack dist/verify`) without dependencies. One module that
 * Node and browsers run, a small one for browsers, and types.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const TYPES = 'types/verify/index.d.ts';

/** What stands in the package beside its code; everything else of the repository's manifest is about the product. */
const manifestOf = ({ version, license, description }) => ({
  name: '@stance/verify',
  version,
  description: `Verifies attestation results, asks for access decisions, guards servers. ${description}`,
  license,
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20' },
  exports: { '.': { types: `./${TYPES}`, browser: './browser.js', default: './index.js' }, './package.json': './package.json' },
  files: ['index.js', 'browser.js', 'types', 'README.md', 'LICENSE'],
});

/** Declarations of the entry and of what they name, and of nothing else. */
async function writeTypes(root, outdir) {
  const folder = await mkdtemp(path.join(tmpdir(), 'stance-types-'));
  try {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const options = [
      ...['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', folder, '--rootDir', path.join(root, 'src')],
      ...['--target', 'es2022', '--lib', 'es2024,dom,dom.iterable', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--strict'],
      ...['--exactOptionalPropertyTypes', '--allowImportingTsExtensions', '--skipLibCheck', '--types', 'node', '--ignoreConfig'],
    ];
    await promisify(execFile)(process.execPath, [tsc, ...options, path.join(root, 'src/verify/index.ts')], { cwd: root });
    const written = new Set();
    const write = async (file) => {
      if (written.has(file)) return;
      written.add(file);
      const text = await readFile(path.join(folder, file), 'utf8');
      const target = path.join(outdir, 'types', file);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text.replaceAll(/(from ['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
      for (const [, name] of text.matchAll(/from ['"](\.[^'"]*)\.ts['"]/g)) await write(path.posix.join(path.posix.dirname(file), `${name}.d.ts`));
    };
    await write('verify/index.d.ts');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ root: string, outdir: string }} options `outdir` is the package's folder.
 * @returns {Promise<{ folder: string, browser: string }>}
 */
export async function makeSdk({ root, outdir }) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  // Neutral: an import of `node:` would be an error here, and is meant to be.
  const common = {
    entryPoints: [path.join(root, 'src/verify/index.ts')],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    logLevel: 'warning',
    legalComments: 'none',
  };
  const browser = path.join(outdir, 'browser.js');
  await build({ ...common, outfile: path.join(outdir, 'index.js'), target: 'node20' });
  await build({ ...common, outfile: browser, target: 'es2022', minify: true });
  await writeTypes(root, outdir);
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  await writeFile(path.join(outdir, 'package.json'), `${JSON.stringify(manifestOf(manifest), null, 2)}\n`);
  await cp(path.join(root, 'LICENSE'), path.join(outdir, 'LICENSE'));
  await cp(path.join(root, 'docs/verify.md'), path.join(outdir, 'README.md'));
  return { folder: outdir, browser };
}
