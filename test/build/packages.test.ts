/** What `npm run build` makes, used as those who get it use it. Built once, for all tests of this file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeHeadless } from '../../build/packages.mjs';
import { root, temporaryFolder } from '../cli/stance.ts';
import { describeWith } from '../component.ts';
import { launch, type Product, run, withService } from './product.ts';

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const units = path.join(root, 'build/linux');
const ADMIN = 'an-administrators-secret-token-1234';
const outdir = temporaryFolder();
/** Each holds a copy of the executable: too much to leave behind. */
const large = [outdir];
afterAll(() => {
  for (const folder of large) rmSync(folder, { recursive: true, force: true });
});
let made: Awaited<ReturnType<typeof makeHeadless>>;
beforeAll(async () => {
  made = await makeHeadless({ outdir });
}, 180_000);

const unit = (name: string): string => readFileSync(path.join(units, name), 'utf8');
/** As the agent's unit sets it. */
const agentEnvironment = (): Record<string, string> => ({ NODE_OPTIONS: /^Environment=NODE_OPTIONS=(.+)$/m.exec(unit('stance-agent.service'))?.[1] ?? '' });

/** The whole way, from a service to a report that stands in its inventory. */
async function usesEverything(product: Product): Promise<void> {
  const home = temporaryFolder();
  const state = path.join(home, 'agent');
  expect(await run(product, ['--version'], home)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const read = await run(product, ['check', '--json', '--no-slow'], home);
  expect(JSON.parse(read.stdout)).toMatchObject({ platform: 'linux', readings: expect.any(Array) });
  await withService(
    product,
    home,
    async (server) => {
      const environment = { STANCE_ADMIN_TOKEN: ADMIN, STANCE_SERVER: server };
      expect(await (await fetch(server)).text()).toContain('<!doctype html>');
      const { token } = JSON.parse((await run(product, ['token', 'enrollment', '--approve', '--json'], home, environment)).stdout);
      expect(await run(product, ['enroll', '--enrollment-token', token, '--state', state], home, environment)).toMatchObject({ code: 0 });
      const report = await run(product, ['agent', '--once', '--json', '--state', state], home, agentEnvironment());
      expect(report).toMatchObject({ code: 0 });
      expect(JSON.parse(report.stdout)).toMatchObject({ accepted: true, seq: 1, compliance: expect.stringMatching(/compliant/) });
      const { devices } = JSON.parse((await run(product, ['device', 'list', '--json'], home, environment)).stdout);
      expect(devices).toMatchObject([{ platform: 'linux', state: 'active' }]);
      // The unit waits for this file, or for a managed configuration.
      const awaited = /^ConditionPathExists=\|(.+)$/m.exec(unit('stance-agent.service'))?.[1] ?? '';
      expect(readdirSync(state)).toContain(path.basename(awaited));
    },
    ADMIN,
  );
  const lonely = await run(product, ['agent', '--once', '--state', state], home);
  expect(lonely).toMatchObject({ code: 3, stderr: expect.stringContaining('Nothing listens at 127.0.0.1') });
}

/** The system agent as its unit starts it, and a person's session, both of one product. */
async function meetsSessions(product: Product, home: string): Promise<void> {
  const state = path.join(home, 'agent');
  await withService(
    product,
    home,
    async (server) => {
      const environment = { STANCE_ADMIN_TOKEN: ADMIN, STANCE_SERVER: server };
      const { token } = JSON.parse((await run(product, ['token', 'enrollment', '--approve', '--json'], home, environment)).stdout);
      expect(await run(product, ['enroll', '--enrollment-token', token, '--state', state], home, environment)).toMatchObject({ code: 0 });
      const agent = launch(product, ['agent', '--state', state, '--json'], home, agentEnvironment());
      const ended = new Promise((resolve) => agent.once('exit', resolve));
      try {
        await new Promise((resolve) => agent.stdout.once('data', resolve));
        const shown = await run(product, ['session', '--once', '--json'], home);
        expect(shown).toMatchObject({ code: 0 });
        expect(JSON.parse(shown.stdout)).toMatchObject({ agent: 'system', report: { enrolled: true } });
      } finally {
        agent.kill('SIGTERM');
      }
      expect(await ended).toBe(0);
    },
    ADMIN,
  );
}
const testAsRoot = process.getuid?.() === 0 && process.platform === 'linux' ? test : test.skip;

describe('the bundle', () => {
  test('does everything, away from the repository', async () => {
    const elsewhere = path.join(temporaryFolder(), 'stance');
    cpSync(path.dirname(made.bundle), elsewhere, { recursive: true });
    await usesEverything({ program: process.execPath, args: ['--disable-warning=ExperimentalWarning', path.join(elsewhere, 'stance.cjs')] });
  });
  test('reads for the agent neither the service nor what only commands use', () => {
    const folder = temporaryFolder();
    const [hook, seen] = [path.join(folder, 'hook.cjs'), path.join(folder, 'seen.json')];
    writeFileSync(
      hook,
      `const fs = require('node:fs');
       const [read, names] = [fs.readFileSync, []];
       fs.readFileSync = (file, ...rest) => {
         if (/assets.parts/.test(file)) names.push(file);
         return read(file, ...rest);
       };
       process.on('exit', () => fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify(names)));`,
    );
    const readBy = (...args: string[]): string => {
      const env = { PATH: '/usr/bin:/bin', HOME: folder, STANCE_SOCKET: path.join(folder, 'agent.sock') };
      spawnSync(process.execPath, ['--require', hook, made.bundle, ...args], { cwd: folder, env, timeout: 30_000 });
      return (JSON.parse(readFileSync(seen, 'utf8')) as string[]).map((file) => readFileSync(file, 'utf8')).join('');
    };
    const [agent, service] = [readBy('agent', '--once'), readBy('serve', '--listen', 'nowhere')];
    const [check, database] = ['firewall.enabled', 'node:sqlite'];
    expect([agent.includes(check), agent.includes(database)]).toEqual([true, false]);
    expect([service.includes(check), service.includes(database)]).toEqual([true, true]);
    expect(agent.length).toBeLessThan(800_000);
  });
  testAsRoot('is a system agent and its sessions', async () => {
    await meetsSessions({ program: process.execPath, args: ['--disable-warning=ExperimentalWarning', made.bundle] }, temporaryFolder());
  });
});

(process.platform === 'linux' ? describe : describe.skip)('the single executable', () => {
  test('does everything, with nothing beside it', async () => {
    const alone = path.join(temporaryFolder(), 'stance');
    large.push(path.dirname(alone));
    copyFileSync(made.executable ?? '', alone);
    await usesEverything({ program: alone, args: [] });
  });
  testAsRoot('is a system agent and its sessions, with its native code where the package puts it', async () => {
    const place = temporaryFolder();
    large.push(place);
    for (const folder of ['bin', 'lib/stance']) mkdirSync(path.join(place, folder), { recursive: true });
    copyFileSync(made.executable ?? '', path.join(place, 'bin/stance'));
    copyFileSync(path.join(outdir, 'koffi.node'), path.join(place, 'lib/stance/koffi.node'));
    await meetsSessions({ program: path.join(place, 'bin/stance'), args: [] }, temporaryFolder());
  });
});

describeWith('dpkg-deb', 'the Debian package', () => {
  const deb = (): string => made.deb ?? '';
  const dpkgDeb = (...args: string[]): string => execFileSync('dpkg-deb', args, { encoding: 'utf8' });

  test('says what it is, and holds program, units, policies and documents with the right owners', () => {
    expect(dpkgDeb('--field', deb(), 'Package', 'Version')).toBe(`Package: stance\nVersion: ${version}\n`);
    const files = dpkgDeb('--contents', deb());
    for (const line of [
      /^-rwxr-xr-x root\/root +\d+ \S+ \S+ \.\/usr\/bin\/stance$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/lib\/stance\/koffi\.node$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/lib\/systemd\/system\/stance-agent\.service$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/lib\/systemd\/system\/stance-agent\.path$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/lib\/systemd\/system\/stance-service\.service$/m,
      /^drwxr-xr-x root\/root .* \.\/etc\/opt\/stance\/policies\/managed\/$/m,
      /^-rw-r--r-- root\/root .* \.\/etc\/xdg\/autostart\/stance-session\.desktop$/m,
      /\.\/usr\/share\/doc\/stance\/examples\/managed\.json$/m,
      /^-rw-r----- root\/root .* \.\/etc\/stance\/service\.env$/m,
      /^-rw-r--r-- root\/root .* \.\/etc\/stance\/policies\/baseline\.yaml$/m,
      /\.\/usr\/share\/doc\/stance\/copyright$/m,
      /\.\/usr\/share\/doc\/stance\/changelog\.gz$/m,
    ])
      expect(files).toMatch(line);
    expect(dpkgDeb('--info', deb(), 'conffiles')).toContain('/etc/stance/service.env');
  });

  test('the same sources make the same bytes', async () => {
    const first = readFileSync(deb());
    renameSync(deb(), `${deb()}.first`);
    await makeHeadless({ outdir });
    expect(readFileSync(deb()).equals(first)).toBe(true);
  }, 180_000);

  const asRoot = process.getuid?.() === 0 && existsSync('/usr/bin/dpkg') ? test : test.skip;
  asRoot('installs, runs, is removed with its state kept, and is purged with nothing left', async () => {
    const scratch = temporaryFolder();
    large.push(scratch);
    mkdirSync(path.join(scratch, 'var/lib/dpkg/updates'), { recursive: true });
    mkdirSync(path.join(scratch, 'var/lib/dpkg/info'), { recursive: true });
    for (const name of ['status', 'available']) writeFileSync(path.join(scratch, 'var/lib/dpkg', name), '');
    const dpkg = (...args: string[]): string =>
      execFileSync('dpkg', [`--root=${scratch}`, '--force-depends', '--force-script-chrootless', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const state = path.join(scratch, 'var/lib/stance-agent');
    const managed = path.join(scratch, 'etc/opt/stance/policies/managed');
    dpkg('--install', deb());
    expect(readdirSync(managed)).toEqual([]);
    const finished = await run({ program: path.join(scratch, 'usr/bin/stance'), args: [] }, ['--version'], scratch);
    expect(finished).toMatchObject({ code: 0, stdout: `${version}\n` });
    mkdirSync(state, { recursive: true });
    dpkg('--remove', 'stance');
    expect([existsSync(path.join(scratch, 'usr/bin/stance')), existsSync(state), existsSync(path.join(scratch, 'etc/stance/service.env'))]).toEqual([
      false,
      true,
      true,
    ]);
    dpkg('--purge', 'stance');
    expect([existsSync(state), existsSync(path.join(scratch, 'etc/stance')), existsSync(managed)]).toEqual([false, false, false]);
    dpkg('--install', deb());
    writeFileSync(path.join(managed, '10-it.json'), '{}');
    dpkg('--purge', 'stance');
    expect(readdirSync(managed)).toEqual(['10-it.json']);
  });
});

describeWith('systemd-analyze', 'the units', () => {
  test('are understood by systemd, word for word', () => {
    const folder = temporaryFolder();
    const names = ['stance-agent.service', 'stance-agent.path', 'stance-service.service'].map((name) => {
      const file = path.join(folder, name);
      // The program need not be installed for the unit to be right.
      writeFileSync(file, unit(name).replace('/usr/bin/stance', '/bin/true'));
      return file;
    });
    // Complaints come on stderr; an unknown setting is one, and no failure.
    const said = execFileSync('sh', ['-c', 'systemd-analyze verify --man=no "$@" 2>&1', 'verify', ...names], { encoding: 'utf8' });
    expect(said.split('\n').filter((line) => line.includes(folder) || line.includes('stance-'))).toEqual([]);
  });
});

const GENERATOR = '/usr/lib/systemd/user-generators/systemd-xdg-autostart-generator';
(existsSync(GENERATOR) ? test : test.skip)('the autostart entry is one of the session, as systemd reads it', () => {
  const [xdg, made] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(path.join(xdg, 'autostart'));
  writeFileSync(path.join(xdg, 'autostart/stance-session.desktop'), unit('stance-session.desktop').replaceAll('/usr/bin/stance', '/bin/true'));
  execFileSync(GENERATOR, [made, made, made], { env: { XDG_CONFIG_DIRS: xdg, XDG_CONFIG_HOME: path.join(xdg, 'none'), HOME: xdg } });
  const [name = ''] = readdirSync(made).filter((file) => file.endsWith('.service'));
  expect(readdirSync(path.join(made, 'xdg-desktop-autostart.target.wants'))).toEqual([name]);
  expect(readFileSync(path.join(made, name), 'utf8')).toMatch(/^ExecStart=:?\/bin\/true session$/m);
});
