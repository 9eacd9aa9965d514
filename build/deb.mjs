/** The Debian package: single executable, units, default policies. The same input makes the same bytes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { NATIVE } from './headless.mjs';

/** Where desktops look for what starts with a session. */
const AUTOSTART = 'etc/xdg/autostart/stance-session.desktop';
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/** Seconds: as the environment says, else of the last commit, else of the sources. https://reproducible-builds.org/specs/source-date-epoch/ */
async function sourceDate(root) {
  if (process.env.SOURCE_DATE_EPOCH) return process.env.SOURCE_DATE_EPOCH;
  const commit = spawnSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' });
  return commit.status === 0 ? commit.stdout.trim() : String(Math.floor((await stat(path.join(root, 'package.json'))).mtimeMs / 1000));
}

/** Licenses of Node and of the packages that are bundled, as they lie in `node_modules`. */
async function licenses(root) {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const folders = Object.keys(lock.packages).filter((name) => name !== '' && !lock.packages[name].dev && !lock.packages[name].optional);
  const texts = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(path.join(root, folder)).catch(() => []);
      const file = names.find((name) => /^(licen[cs]e|copying)/i.test(name));
      const text = file === undefined ? `License: ${lock.packages[folder].license ?? 'not said'}\n` : await readFile(path.join(root, folder, file), 'utf8');
      return `==== ${folder.replace(/^.*node_modules\//, '')} ${lock.packages[folder].version} ====\n${text}`;
    }),
  );
  return texts.join('\n');
}

/** True where `dpkg-deb` is on this machine. */
export const canMakeDeb = () => process.platform === 'linux' && process.arch in ARCHITECTURES && spawnSync('dpkg-deb', ['--version']).status === 0;

/**
 * Writes `stance_VERSION_ARCHITECTURE.deb` and tells its path.
 * @param {{ root: string, executable: string, outdir: string }} options
 * @returns {Promise<string>}
 */
export async function makeDeb({ root, executable, outdir }) {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const architecture = ARCHITECTURES[process.arch];
  const linux = (...names) => path.join(root, 'build/linux', ...names);
  const tree = await mkdtemp(path.join(tmpdir(), 'stance-deb-'));
  /** Every folder of it, whatever the umask is: what is managed counts only below folders that no group can write to. */
  const folder = async (name) => {
    const parts = name.split('/');
    for (const [index] of parts.entries()) {
      const made = path.join(tree, ...parts.slice(0, index + 1));
      await mkdir(made, { recursive: true });
      await chmod(made, 0o755);
    }
  };
  const put = async (name, content, mode = 0o644) => {
    const file = path.join(tree, name);
    await folder(path.dirname(name));
    await writeFile(file, content);
    await chmod(file, mode);
  };
  const gzip = (text) => gzipSync(text, { level: 9 });
  try {
    await chmod(tree, 0o755);
    await folder('usr/bin');
    await copyFile(executable, path.join(tree, 'usr/bin/stance'));
    await chmod(path.join(tree, 'usr/bin/stance'), 0o755);
    const native = path.join(path.dirname(executable), NATIVE);
    if (!existsSync(native))
      throw new Error(`There is no ${native}: the npm package of koffi for this system is not installed. Remove node_modules and install again.`);
    await put(`usr/lib/stance/${NATIVE}`, await readFile(native));
    for (const unit of ['stance-agent.service', 'stance-agent.path', 'stance-service.service'])
      await put(`usr/lib/systemd/system/${unit}`, await readFile(linux(unit)));
    await put(AUTOSTART, await readFile(linux('stance-session.desktop')));
    await put('etc/stance/service.env', await readFile(linux('service.env')), 0o640);
    await folder('etc/opt/stance/policies/managed');
    const policies = (await readdir(path.join(root, 'src/policy/default'))).sort();
    for (const name of policies) await put(`etc/stance/policies/${name}`, await readFile(path.join(root, 'src/policy/default', name)));
    const documents = 'usr/share/doc/stance';
    await put(`${documents}/copyright`, await readFile(linux('deb/copyright')));
    await put(`${documents}/changelog.gz`, gzip(await readFile(path.join(root, 'CHANGELOG.md'))));
    await put(`${documents}/README.md.gz`, gzip(await readFile(path.join(root, 'README.md'))));
    await put(`${documents}/licenses.gz`, gzip(await licenses(root)));
    await put(`${documents}/managed-configuration.md.gz`, gzip(await readFile(path.join(root, 'docs/managed-configuration.md'))));
    await put(`${documents}/examples/managed.json`, await readFile(path.join(root, 'build/mdm/linux/example.json')));
    const { size } = await stat(executable);
    const values = { VERSION: version, ARCHITECTURE: architecture, INSTALLED_SIZE: String(Math.ceil(size / 1024) + 512) };
    const control = await readFile(linux('deb/control'), 'utf8');
    await put(
      'DEBIAN/control',
      control.replace(/@(\w+)@/g, (_, name) => values[name]),
    );
    await put(
      'DEBIAN/conffiles',
      [AUTOSTART, ...['service.env', ...policies.map((name) => `policies/${name}`)].map((name) => `etc/stance/${name}`)].map((name) => `/${name}\n`).join(''),
    );
    for (const script of ['postinst', 'prerm', 'postrm']) await put(`DEBIAN/${script}`, await readFile(linux('deb', script)), 0o755);
    const outfile = path.join(outdir, `stance_${version}_${architecture}.deb`);
    // Level 1: 2 s instead of 40 s, and 5 % larger.
    const args = ['-Zxz', '-z1', '--root-owner-group', '--build', tree, outfile];
    execFileSync('dpkg-deb', args, { env: { ...process.env, SOURCE_DATE_EPOCH: await sourceDate(root) }, stdio: ['ignore', 'ignore', 'inherit'] });
    return outfile;
  } finally {
    await rm(tree, { recursive: true });
  }
}
