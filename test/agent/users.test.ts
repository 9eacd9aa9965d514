/** The system agent as root and people beside it, each a process of the command line under a user of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Reading } from '../../src/model/index.ts';
import { ADMIN, createTestService, type TestService } from '../service/service.ts';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'src/cli/main.ts');
const [ANN, BEN, NOBODY, SERVICE] = [4711, 4712, 65_534, 33];
const asUser = (uid: number): string[] => (uid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']);

/** Each user must be able to read what is run. */
function canBeOthers(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('setpriv', [...asUser(ANN).slice(1), 'test', '-r', main, '-a', '-x', process.execPath], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const describeUsers = canBeOthers() ? describe : describe.skip;

let folder: string;
let service: TestService;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stance-users-'));
  chmodSync(folder, 0o755);
  service = await createTestService({ now: Date.now });
});
afterEach(async () => {
  const running = children.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const ended = running.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const homeOf = (uid: number): string => {
  const home = path.join(folder, `home-${uid}`);
  mkdirSync(path.join(home, '.config'), { recursive: true });
  for (const one of [home, path.join(home, '.config')]) chownSync(one, uid, uid);
  return home;
};
/** What KDE keeps of the screen lock; replaced, as KDE does. */
function setLock(uid: number, locks: boolean): void {
  const file = path.join(homeOf(uid), '.config/kscreenlockerrc');
  writeFileSync(file, `[Daemon]\nAutolock=${locks}\nTimeout=5\n`);
  chownSync(file, uid, uid);
}

function start(uid: number, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const home = homeOf(uid);
  const [program = '', ...rest] = [...asUser(uid), process.execPath, '--disable-warning=ExperimentalWarning', main, ...args];
  const env = { PATH: process.env.PATH ?? '', HOME: home, NO_COLOR: '1', STANCE_SOCKET: path.join(folder, 'run/agent.sock'), ...more };
  const child = spawn(program, rest, { cwd: '/', env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said, ended, lines: () => said.out.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : [])) };
}
const run = async (uid: number, args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
  const { said, ended } = start(uid, args, more);
  const code = await ended;
  return { code, ...said };
};
const KDE = { XDG_CURRENT_DESKTOP: 'KDE' };

async function until(holds: () => unknown, mostMs = 20_000): Promise<void> {
  const end = performance.now() + mostMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come to be');
    await sleep(50);
  }
}
async function enroll(uid: number, state: string): Promise<string> {
  const token = await service.enrollmentToken();
  const { code, out, err } = await run(uid, ['enroll', '--server', service.url, '--enrollment-token', token, '--state', state, '--json'], {
    STANCE_ADMIN_TOKEN: ADMIN,
  });
  if (code !== 0) throw new Error(err);
  return JSON.parse(out).device;
}
const lockOf = async (device: string) =>
  (await service.call('GET', `/v1/devices/${device}`)).json().checks.find(({ check }: { check: string }) => check === 'screen.lock');
const seqOf = async (device: string): Promise<number> => (await service.call('GET', `/v1/devices/${device}/history`)).json().history.length;

async function startSystem(state = path.join(folder, 'system')) {
  const device = await enroll(0, state);
  const system = start(0, ['agent', '--state', state, '--json']);
  await until(async () => (await seqOf(device)) > 0);
  return { ...system, device, state };
}

describeUsers('users of one machine (needs root: sudo npm test, and a repository that others may read)', () => {
  test('the screen lock that a person sets is in the system agent’s evidence, within seconds', async () => {
    setLock(ANN, true);
    const { device } = await startSystem();
    const session = start(ANN, ['session', '--json'], KDE);
    await until(async () => (await lockOf(device)).verdict === 'pass');
    expect(session.lines().at(-1)).toMatchObject({ agent: 'system', problem: null });
    setLock(ANN, false);
    const changedAt = performance.now();
    await until(async () => (await lockOf(device)).verdict === 'fail');
    expect(performance.now() - changedAt).toBeLessThan(10_000);
    expect((await lockOf(device)).because).toBe('Automatic locking is off.');
  }, 60_000);

  test('of two people, and nothing that tells who sits there, neither counts', async () => {
    setLock(ANN, true);
    setLock(BEN, false);
    const { device } = await startSystem();
    start(ANN, ['session', '--json'], KDE);
    await until(async () => (await lockOf(device)).verdict === 'pass');
    start(BEN, ['session', '--json'], KDE);
    await until(async () => (await lockOf(device)).verdict === 'unknown');
    expect(await lockOf(device)).toMatchObject({ reason: 'no-data', because: expect.stringContaining('Several people') });
  }, 60_000);

  test('services and nobody are refused; a person is shown who reads what', async () => {
    setLock(ANN, true);
    await startSystem();
    start(ANN, ['session', '--json'], KDE);
    for (const uid of [NOBODY, SERVICE]) {
      const refused = await run(uid, ['session', '--once', '--json'], KDE);
      expect(refused).toMatchObject({ code: 3, out: expect.stringContaining('no person') });
    }
    await until(async () => {
      const { readers } = JSON.parse((await run(ANN, ['doctor', '--json'], KDE)).out);
      return readers.systemAgent.sessions.some(({ uid, counts }: { uid: number; counts: boolean }) => uid === ANN && counts);
    });
    const { readers } = JSON.parse((await run(ANN, ['doctor', '--json'], KDE)).out);
    expect(readers.systemAgent).toMatchObject({ problem: null, sessions: [{ uid: ANN, connected: true }] });
    const by = new Map(readers.checks.map(({ check, by }: { check: string; by: string }) => [check, by]));
    expect([by.get('screen.lock'), by.get('device.uptime')]).toEqual(['session process', 'system agent']);
    const shown = JSON.parse((await run(ANN, ['session', '--once', '--json'], KDE)).out);
    expect(shown).toMatchObject({ agent: 'system', privilege: 'system', report: { enrolled: true } });
    expect(shown.readings.find(({ check }: Reading) => check === 'screen.lock')).toMatchObject({ status: 'known', method: 'session: kscreenlockerrc' });
  }, 60_000);

  test('a second system agent ends with the code of a folder in use, and so does one report beside it; the first goes on', async () => {
    const { device, state } = await startSystem();
    const other = path.join(folder, 'other');
    await enroll(0, other);
    for (const args of [
      ['agent', '--state', other, '--json'],
      ['agent', '--state', state, '--json'],
      ['agent', '--once', '--state', other, '--json'],
    ])
      expect(await run(0, args)).toMatchObject({ code: 3, out: expect.stringContaining('agent-running') });
    const before = await seqOf(device);
    await run(ANN, ['session', '--once'], KDE);
    expect(await seqOf(device)).toBeGreaterThan(before);
  }, 60_000);

  test('a person’s own agent steps back when the system agent comes, and waits when it is killed', async () => {
    setLock(ANN, true);
    const own = path.join(homeOf(ANN), 'state');
    const mine = await enroll(ANN, own);
    const agent = start(ANN, ['agent', '--state', own, '--interval', '10000', '--json'], KDE);
    await until(async () => (await seqOf(mine)) > 0);
    expect(agent.lines().at(-1)).toMatchObject({ agent: 'own' });
    const system = await startSystem();
    await until(() => agent.lines().at(-1)?.agent === 'system' && !existsSync(path.join(own, 'agent.lock')));
    await until(async () => (await lockOf(system.device)).verdict === 'pass');
    const before = await seqOf(mine);
    // Killed, it leaves socket and lock behind: the next one takes them.
    system.child.kill('SIGKILL');
    await until(() => agent.lines().at(-1)?.agent === 'away');
    start(0, ['agent', '--state', system.state, '--json']);
    await until(() => agent.lines().at(-1)?.agent === 'system');
    expect(await seqOf(mine)).toBe(before);
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(0);
  }, 90_000);
});
