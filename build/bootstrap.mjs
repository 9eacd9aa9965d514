/**
 * The one door of all npm scripts. Brings what a fresh clone lacks, then runs the command on the pinned Node.
 * Plain JavaScript without dependencies: it runs on any Node from 20 on, before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const stampFile = path.join(root, 'node_modules', '.stance-installed.json');
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
const quiet = ['--disable-warning=ExperimentalWarning'];
const jest = ['--experimental-vm-modules', ...quiet, 'node_modules/jest/bin/jest.js', '-c', 'build/jest.config.mjs'];
const cli = [...quiet, 'src/cli/main.ts'];

/** What each script needs installed, and what it runs on the pinned Node, one after the other. */
const COMMANDS = {
  start: { level: 'production', run: [[...cli, 'demo']] },
  stance: { level: 'production', run: [cli], here: true },
  test: { level: 'all', run: [jest] },
  bench: { level: 'all', run: [[...quiet, 'test/bench/main.ts']] },
  accuracy: { level: 'production', run: [[...quiet, 'src/cli/accuracy.ts']], here: true },
  docs: {
    level: 'production',
    run: [
      [...quiet, 'src/cli/docs.ts'],
      [...quiet, 'build/docs.mjs'],
    ],
  },
  tray: { level: 'all', run: [['build/tray.mjs']] },
  build: { level: 'all', run: [['build/packages.mjs']] },
  check: {
    level: 'all',
    run: [
      ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
      ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
      ['node_modules/knip/bin/knip.js'],
      jest,
    ],
  },
};

const say = (text) => process.stderr.write(`${text}\n`);

function wantedStamp(level) {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(path.join(root, file)));
  return { level, hash: hash.digest('hex') };
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** npm as it was called, so that its version and settings are the person's own. Its stdout goes to our stderr: ours may be JSON. */
function npm(args) {
  const execPath = process.env.npm_execpath;
  const [program, first] = execPath?.endsWith('js') ? [process.execPath, [execPath]] : [windows ? 'npm.cmd' : 'npm', []];
  // The pinned Node must not stand in for the person's own while it is being installed.
  return spawnSync(program, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell: windows && first.length === 0 }).status === 0;
}

const pinnedVersion = () => {
  const answer = existsSync(pinnedNode) ? spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' }).stdout : '';
  return Number(/^v(\d+)\./.exec(answer ?? '')?.[1] ?? 0);
};

function install(level) {
  const have = readStamp();
  const want = wantedStamp(level);
  if (have?.hash === want.hash && (have.level === 'all' || have.level === level)) return;
  // Never take away what an earlier `npm test` brought.
  if (have?.level === 'all' || existsSync(path.join(root, 'node_modules', 'jest'))) want.level = 'all';
  say(`Installing what ${want.level === 'all' ? 'the tests need' : 'Stance needs'} (npm) …`);
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  if (want.level === 'production') args.push('--omit=dev');
  if (!npm(args)) {
    say('\nnpm could not install. Is the npm registry reachable from here (npm ping)? Behind a proxy: npm config set proxy URL. Then try again.');
    process.exit(3);
  }
  if (pinnedVersion() < 24) npm(['rebuild', 'node', '--loglevel=error']);
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify(want));
}

/** The pinned Node, or this one where it is new enough (npm may have been told to run no install scripts). */
function nodeToUse() {
  if (pinnedVersion() >= 24) return pinnedNode;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  say(`Stance runs on Node 24; this is ${process.version}, and npm did not run the install script of the package "node" that brings it.`);
  say('Allow it and try again:  npm install-scripts approve node && npm rebuild node   (or install Node 24 yourself)');
  return process.exit(3);
}

function run(node, args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      cwd,
      stdio: 'inherit',
      env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
    });
    // A Ctrl-C at a terminal reaches the whole group; the child decides when it is done. A signal sent to us alone is passed on.
    const forward = (signal) => child.kill(signal);
    process.on('SIGTERM', forward);
    process.on('SIGINT', (signal) => {
      if (!process.stdin.isTTY) forward(signal);
    });
    child.on('error', (error) => {
      say(String(error));
      resolve(3);
    });
    child.on('exit', (code, signal) => resolve(signal === null ? code : 128 + 15));
    child.on('exit', () => process.off('SIGTERM', forward));
  });
}

const [name = '', ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  say(`Which command? One of: ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(2);
}
install(command.level);
const node = nodeToUse();
// Files that a person names are relative to where the person stands, which npm keeps in INIT_CWD.
const cwd = command.here ? (process.env.INIT_CWD ?? process.cwd()) : root;
let code = 0;
for (const [index, args] of command.run.entries()) {
  const last = index === command.run.length - 1;
  const absolute = args.map((arg) => (/^(src|test|build|node_modules)\//.test(arg) ? path.join(root, arg) : arg));
  code = await run(node, last ? [...absolute, ...rest] : absolute, cwd);
  if (code !== 0) break;
}
process.exit(code);
