/** `npm run tray`: bundles the tray and starts it on Electron, where Electron's binary is there. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Importing `electron` would download its binary unasked: this only looks. */
function findElectron() {
  if (process.env.ELECTRON_BINARY) return process.env.ELECTRON_BINARY;
  const folder = path.join(root, 'node_modules/electron');
  const name = path.join(folder, 'path.txt');
  if (!existsSync(name)) return undefined;
  const binary = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(folder, 'dist'), readFileSync(name, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

await bundle({ outdir: path.join(root, 'dist') });
const electron = findElectron();
if (electron === undefined) {
  process.stderr.write(
    `The tray is bundled, but Electron's binary is not on this machine; the npm package brings it only when asked.\n
  Fetch it (from GitHub):                 node node_modules/electron/install.js
  From a mirror:                          ELECTRON_MIRROR=https://… node node_modules/electron/install.js
  Use one that is here already:           ELECTRON_BINARY=/path/to/electron npm run tray\n
Without it the same app can be seen in Chromium: npm test -- test/tray\n`,
  );
  process.exit(3);
}
const child = spawn(electron, [root, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('error', (error) => {
  process.stderr.write(`Electron could not be started: ${error.message}\n`);
  process.exit(3);
});
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 0) : 1));
