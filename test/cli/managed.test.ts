/**
 * A managed configuration dropped into place on a machine that has never seen Stance, in the place where it belongs: seen by
 * processes of their own with an `/etc/opt` of their own (a mount namespace), so that this machine's stays as it is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestService, type TestService } from '../service/service.ts';
import { root, temporaryFolder } from './stance.ts';

const NOBODY = 65_534;
/** The repository as it is mounted for the processes: it may lie where other users cannot look. */
const inReach = (file: string): string => (file.startsWith(`${root}/`) ? path.join('/mnt', file.slice(root.length)) : file);
const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

(canMount ? describe : describe.skip)('a managed configuration in place (needs root and unshare: apt-get install -y util-linux)', () => {
  let service: TestService;
  let home: string;
  let etcOpt: string;
  let folder: string;

  beforeEach(async () => {
    service = await createTestService();
    service.pass(Date.now() - service.now());
    home = temporaryFolder();
    etcOpt = path.join(home, 'etc-opt');
    folder = path.join(etcOpt, 'stance/policies/managed');
    mkdirSync(etcOpt, { mode: 0o755 });
  });
  afterEach(() => service.close());

  /** `/etc/opt` is that of the test (and made where a package took the empty one away with it); whatever else the machine has is its own. */
  const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}, as = '') =>
    spawn(
      'unshare',
      [
        '--mount',
        'sh',
        '-c',
        `mkdir -p /etc/opt && mount --bind "$0" /etc/opt && mount --bind "$1" /mnt && shift && exec ${as} "$@"`,
        etcOpt,
        root,
        inReach(process.execPath),
        '--disable-warning=ExperimentalWarning',
        inReach(path.join(root, 'src/cli/main.ts')),
        ...args,
      ],
      {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: path.join(home, 'state'), NO_COLOR: '1', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  const stance = (
    args: readonly string[],
    environment?: Readonly<Record<string, string>>,
    as?: string,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const child = start(args, environment, as);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  const put = (name: string, members: object): string => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const file = path.join(folder, name);
    writeFileSync(file, JSON.stringify(members));
    return file;
  };
  const devices = async (): Promise<{ state: string; lastReportedAt: string | null }[]> => (await service.call('GET', '/v1/devices')).json().devices;
  const doctor = async () => JSON.parse((await stance(['doctor', '--json'])).stdout);

  test('the agent that waits for it joins and reports, with no click', async () => {
    // It has something to wait for: the folder of a file that does not count.
    chownSync(put('10.json', { server: service.url }), NOBODY, NOBODY);
    const agent = start(['agent']);
    let said = '';
    agent.stderr.on('data', (chunk) => (said += chunk));
    try {
      await until(() => said.includes('10.json is ignored'));
      put('20.json', { server: service.url, enrollmentToken: await service.enrollmentToken() });
      await until(async () => (await devices())[0]?.lastReportedAt != null);
      expect(said).toContain(`This device is enrolled at ${service.url}.`);
    } finally {
      agent.kill('SIGTERM');
    }
    expect(await new Promise((resolve) => agent.once('exit', resolve))).toBe(0);
    const { managed, settings, examinations } = await doctor();
    expect(managed.settings).toEqual([
      { name: 'server', title: 'Posture service', value: service.url, from: '/etc/opt/stance/policies/managed/20.json' },
      { name: 'enrollmentToken', title: 'Enrollment token', value: '(hidden)', from: '/etc/opt/stance/policies/managed/20.json' },
    ]);
    expect(settings).toContainEqual({ name: 'server', value: service.url, from: 'managed configuration /etc/opt/stance/policies/managed/20.json' });
    expect(examinations).toContainEqual(expect.objectContaining({ name: 'enrollment', ok: true }));
  }, 120_000);

  test('the same file owned by a user is ignored: nothing joins, and doctor says why', async () => {
    const file = put('10.json', { server: service.url, enrollmentToken: await service.enrollmentToken() });
    chownSync(file, NOBODY, NOBODY);
    const once = await stance(['agent', '--once']);
    expect([once.code, once.stderr]).toEqual([3, expect.stringContaining('10.json is ignored: it is owned by user 65534, not by root')]);
    expect(await devices()).toEqual([]);
    const report = await doctor();
    expect(report.managed).toMatchObject({ settings: [], faults: [{ source: '/etc/opt/stance/policies/managed/10.json', kind: 'ignored' }] });
    const { code, stdout } = await stance(['doctor']);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/✗\s+managed\s+\/etc\/opt\/stance\/policies\/managed\/10\.json is ignored: it is owned by user 65534/),
    ]);
    chownSync(file, 0, 0);
    expect(await stance(['agent', '--once'])).toMatchObject({ code: 0 });
  }, 120_000);

  test('a person without rights: the token is hidden from them, another server is refused, and so is leaving', async () => {
    put('10.json', { server: service.url });
    chmodSync(put('20.json', { enrollmentToken: await service.enrollmentToken() }), 0o600);
    const theirs = mkdtempSync('/tmp/stance-person-');
    chownSync(theirs, NOBODY, NOBODY);
    const asPerson = (args: readonly string[], environment = {}) =>
      stance(args, { XDG_STATE_HOME: theirs, ...environment }, `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`);
    const seen = await asPerson(['doctor', '--json']);
    expect(JSON.parse(seen.stdout).managed).toMatchObject({ faults: [{ kind: 'unreadable' }], may: { changeServer: false, unenroll: false } });
    expect((await asPerson(['agent', '--once'])).stderr).toContain('20.json cannot be read by this user');
    expect(await asPerson(['enroll', '--server', 'http://127.0.0.1:9', '--enrollment-token', 'x'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(managed)'),
    });
    expect(await asPerson(['agent', '--once'], { STANCE_SERVER: 'http://127.0.0.1:9' })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('(managed)'),
    });
    const theirToken = await service.enrollmentToken();
    expect(await asPerson(['enroll', '--enrollment-token', theirToken])).toMatchObject({ code: 0 });
    expect(await asPerson(['unenroll', '--force'])).toMatchObject({ code: 3, stderr: expect.stringContaining('(managed)') });
    rmSync(theirs, { recursive: true });
  }, 120_000);

  test('joining by hand needs no arguments where the organisation names service and token', async () => {
    put('10.json', { server: service.url, enrollmentToken: await service.enrollmentToken() });
    expect(await stance(['enroll'])).toMatchObject({ code: 0, stdout: expect.stringContaining(service.url) });
    expect(await stance(['unenroll'])).toMatchObject({ code: 0, stdout: expect.stringContaining('remembered') });
    expect(await stance(['agent', '--once'])).toMatchObject({ code: 3, stderr: expect.stringContaining('(not-enrolled)') });
    expect((await doctor()).examinations).toContainEqual(
      expect.objectContaining({ name: 'enrollment', says: expect.stringMatching(/was taken out on .* stance enroll/) }),
    );
  }, 120_000);
});

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await look()) return;
    await sleep(100);
  }
  expect(await look()).toBe(true);
}
