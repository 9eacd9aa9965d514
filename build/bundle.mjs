/**
 * Bundles the tray: main process and preload as CommonJS, the window's page as one module and one style sheet. And the headless product.
 * `node build/bundle.mjs` writes to `dist/`; as a function it writes wherever it is told.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleHeadless } from './headless.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const from = (...names) => path.join(root, ...names);

/** @type {import('esbuild').BuildOptions} */
const common = { bundle: true, logLevel: 'warning', legalComments: 'none', define: { 'process.env.NODE_ENV': '"production"' } };

/** CommonJS has no `import.meta`: what the sources ask of it is answered from what CommonJS has. */
const commonJs = {
  ...common,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  external: ['electron'],
  define: { ...common.define, 'import.meta.dirname': '__dirname', 'import.meta.url': '__bundleUrl' },
};

const PARTS = {
  main: async (outdir) => {
    await build({
      ...commonJs,
      entryPoints: [from('main/main.ts')],
      outfile: path.join(outdir, 'main/main.cjs'),
      banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
      sourcemap: 'linked',
    });
    await cp(from('build/icons/tray'), path.join(outdir, 'main/icons'), { recursive: true });
  },
  preload: (outdir) => build({ ...commonJs, entryPoints: [from('main/preload.ts')], outfile: path.join(outdir, 'main/preload.cjs'), minifySyntax: true }),
  tray: async (outdir) => {
    const folder = path.join(outdir, 'renderer/tray');
    await build({
      ...common,
      entryPoints: [
        { in: from('renderer/tray/main.tsx'), out: 'main' },
        { in: from('renderer/tray/tray.css'), out: 'tray' },
      ],
      outdir: folder,
      platform: 'browser',
      format: 'esm',
      target: 'chrome140',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      minify: true,
    });
    await cp(from('renderer/tray/index.html'), path.join(folder, 'index.html'));
  },
  headless: (outdir) => bundleHeadless({ root, outdir: path.join(outdir, 'headless') }),
};

/**
 * @param {{ outdir: string, only?: readonly (keyof typeof PARTS)[] }} options
 * @returns {Promise<void>}
 */
export async function bundle({ outdir, only = ['main', 'preload', 'tray'] }) {
  await Promise.all(only.map((part) => PARTS[part](outdir)));
}

if (import.meta.main) await bundle({ outdir: from('dist') });
