/** One agent for a machine: a system agent, people's sessions, and a person's own agent that steps back and comes again. Real sockets, the real service. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Agent, type Companion, createAgent, createCompanion, createSystemAgent } from '../../src/agent/index.ts';
import { createSession } from '../../src/agent/session.ts';
import { CATALOGUE } from '../../src/checks/index.ts';
import { whoReads } from '../../src/cli/who-reads.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import type { Host, Reading } from '../../src/model/index.ts';
import { createTestService, type TestService } from '../service/service.ts';

const LAPTOP = path.resolve(import.meta.dirname, '../hosts/ubuntu-laptop.json');
const TAKE_UP_MS = 600;

/** The laptop, now; in the session of a person there, or as root beside it. */
function laptop(how: { readonly locks?: boolean; readonly root?: boolean } = {}): Host {
  const recording = JSON.parse(readFileSync(LAPTOP, 'utf8'));
  const lock = JSON.stringify(['org.gnome.desktop.screensaver', 'lock-enabled']);
  // Whoever runs the tests sits at the screen.
  const seat = { read: '/run/systemd/sessions/2', text: `UID=${process.getuid?.()}\nACTIVE=1\nREMOTE=0\nTYPE=wayland\nCLASS=user\nSEAT=seat0\n` };
  const calls = recording.calls.map((call: Record<string, unknown>) => {
    if (call.read === seat.read) return seat;
    return JSON.stringify(call.gsettings) === lock ? { ...call, value: how.locks !== false } : call;
  });
  const user = how.root ? { uid: 0, admin: true, groups: ['root'] } : recording.user;
  return createRecordedHost(parseRecording(JSON.stringify({ ...recording, user, calls, now: new Date().toISOString() })));
}

let folder: string;
let socket: string;
let service: TestService;
const stops: (() => unknown)[] = [];
/** Claims of all evidence that was sent, by device. */
const sent = new Map<string, { stance: { kind: string; privilege: string; readings?: Reading[] } }[]>();
const fetcher: typeof fetch = async (input, init) => {
  if (String(input).endsWith('/v1/evidence')) {
    const claims = JSON.parse(Buffer.from(String(init?.body).split('.')[1] ?? '', 'base64url').toString());
    sent.set(claims.iss, [...(sent.get(claims.iss) ?? []), claims]);
  }
  return fetch(input, init);
};

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stance-where-'));
  chmodSync(folder, 0o755);
  socket = path.join(folder, 'run', 'agent.sock');
  service = await createTestService({ now: Date.now });
  sent.clear();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});
const stopping = <T extends { stop(): unknown }>(running: T): T => {
  stops.push(() => running.stop());
  return running;
};

async function join(agent: Agent): Promise<string> {
  return (await agent.enroll({ server: service.url, token: await service.enrollmentToken() })).device;
}
const openSystem = (host: Host = laptop({ root: true })): Promise<Agent> =>
  createSystemAgent({ stateDir: path.join(folder, 'system'), host, recorded: true, version: '1', fetch: fetcher, socket, checkPauseMs: 0 });
/** A system agent that has joined, and runs. */
async function startSystem(): Promise<{ readonly agent: Agent; readonly device: string }> {
  const agent = stopping(await openSystem());
  const device = agent.enrollment()?.device ?? (await join(agent));
  agent.start();
  return { agent, device };
}
const ownDir = (): string => path.join(folder, 'own');
const openOwn = (): Promise<Agent> => createAgent({ stateDir: ownDir(), host: laptop(), recorded: true, version: '1', fetch: fetcher });
const startCompanion = async (host = laptop(), takeUpMs = TAKE_UP_MS): Promise<Companion> =>
  stopping(await createCompanion({ host, version: '1', socket, own: { stateDir: ownDir(), open: openOwn }, takeUpMs }));
const startSession = async (host: Host): Promise<Companion> => stopping(await createCompanion({ host, version: '1', socket }));

async function until(holds: () => unknown, mostMs = 10_000): Promise<void> {
  const end = performance.now() + mostMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come to be');
    await sleep(20);
  }
}
const verdictOf = async (device: string, check: string) =>
  (await service.call('GET', `/v1/devices/${device}`)).json().checks.find((appraised: { check: string }) => appraised.check === check);
const lastReadingOf = (device: string, check: string): Reading | undefined =>
  (sent.get(device) ?? []).findLast(({ stance }) => stance.kind === 'full')?.stance.readings?.find((reading) => reading.check === check);

describe('a system agent and a session', () => {
  test('the screen lock of the session is in the evidence of the system agent, and what changes there is told at once', async () => {
    const { device } = await startSystem();
    await until(() => lastReadingOf(device, 'screen.lock') !== undefined);
    // What root's own settings say is nobody's.
    expect(lastReadingOf(device, 'screen.lock')).toMatchObject({ status: 'unknown', reason: 'permission' });
    const session = await startSession(laptop());
    await until(() => lastReadingOf(device, 'screen.lock')?.status === 'known');
    expect(lastReadingOf(device, 'screen.lock')).toMatchObject({ value: { ways: [{ by: 'idle' }] }, method: 'session: GSettings' });
    expect(sent.get(device)?.at(-1)?.stance.privilege).toBe('system');
    await until(async () => (await verdictOf(device, 'screen.lock')).verdict === 'pass');
    expect(await verdictOf(device, 'screen.lock')).toMatchObject({ proof: 'reported' });
    await session.stop();
    await startSession(laptop({ locks: false }));
    await until(async () => (await verdictOf(device, 'screen.lock')).verdict === 'fail');
  }, 30_000);

  test('the session sees everything that the system agent shows, and can have it look again', async () => {
    const { agent, device } = await startSystem();
    const session = await startSession(laptop());
    await until(() => session.state().report.lastReportedAt !== null);
    expect(session.state()).toMatchObject({ agent: 'system', privilege: 'system', report: { enrolled: true, server: service.url, problem: null } });
    const before = (sent.get(device) ?? []).length;
    const state = await session.checkAgain();
    expect(sent.get(device)?.length).toBeGreaterThan(before);
    expect(state).toEqual({ ...agent.state(), agent: 'system' });
    expect(state.readings.find(({ check }) => check === 'disk.encryption')).toMatchObject({ status: 'known' });
  }, 30_000);

  test('a session that comes first waits, and one that is left behind says so', async () => {
    const session = await startSession(laptop());
    expect(session.state()).toMatchObject({ agent: 'away', report: { problem: expect.stringContaining('No system agent') } });
    const { agent } = await startSystem();
    await until(() => session.state().agent === 'system');
    await agent.stop();
    await until(() => session.state().agent === 'away');
    expect(session.state().readings.length).toBeGreaterThan(0);
    expect(await session.checkAgain()).toMatchObject({ agent: 'away' });
    await startSystem();
    await until(() => session.state().agent === 'system');
  }, 30_000);

  test('asking to look again too often is refused by the system agent, and what is known is shown', async () => {
    const agent = stopping(
      await createSystemAgent({ stateDir: path.join(folder, 'system'), host: laptop({ root: true }), recorded: true, version: '1', fetch: fetcher, socket }),
    );
    await join(agent);
    agent.start();
    const session = stopping(await createSession({ file: socket, host: laptop(), checks: CATALOGUE, version: '1', onChange: () => {} }));
    await session.checkAgain();
    await expect(session.checkAgain()).rejects.toMatchObject({ code: 'rate-limited' });
    expect(session.state()?.report.enrolled).toBe(true);
  }, 30_000);
});

describe('a person’s own agent', () => {
  /** It has joined under a key of its own, and reports. */
  async function startOwn(): Promise<{ readonly companion: Companion; readonly device: string; readonly reports: () => number }> {
    const agent = await openOwn();
    const device = await join(agent);
    await agent.stop();
    const companion = await startCompanion();
    await until(() => companion.state().report.lastReportedAt !== null);
    return { companion, device, reports: () => sent.get(device)?.length ?? 0 };
  }

  test('hands over when a system agent comes, and takes up again when that one stays away', async () => {
    const { companion, device, reports } = await startOwn();
    expect(companion.state()).toMatchObject({ agent: 'own', privilege: 'user' });
    expect(sent.get(device)?.at(-1)?.stance.privilege).toBe('user');
    const system = await startSystem();
    await until(() => companion.state().agent === 'system');
    expect([existsSync(path.join(ownDir(), 'agent.lock')), existsSync(path.join(ownDir(), 'handed-over.json'))]).toEqual([false, true]);
    const before = reports();
    await companion.checkAgain();
    expect(reports()).toBe(before);
    await until(() => lastReadingOf(system.device, 'screen.lock')?.status === 'known');

    // Gone for a moment, as in an update: nobody else reports meanwhile.
    await system.agent.stop();
    await until(() => companion.state().agent === 'away');
    const again = await startSystem();
    await until(() => companion.state().agent === 'system');
    await sleep(TAKE_UP_MS + 200);
    expect([companion.state().agent, reports()]).toEqual(['system', before]);

    await again.agent.stop();
    await until(() => companion.state().agent === 'own');
    await until(() => reports() > before);
    expect(existsSync(path.join(ownDir(), 'handed-over.json'))).toBe(false);
  }, 40_000);

  test('that starts while the system agent is still away waits for it, and does not report', async () => {
    const { companion, reports } = await startOwn();
    const { agent } = await startSystem();
    await until(() => companion.state().agent === 'system');
    await companion.stop();
    await agent.stop();
    const before = reports();
    const restarted = await startCompanion(laptop(), 2_000);
    expect(restarted.state()).toMatchObject({ agent: 'away', report: { problem: expect.stringContaining('Waiting for the system agent') } });
    await sleep(300);
    expect(reports()).toBe(before);
    await until(() => restarted.state().agent === 'own');
    await until(() => reports() > before);
  }, 30_000);

  test('goes on where the system agent has joined nowhere', async () => {
    const { companion, reports } = await startOwn();
    const agent = stopping(await openSystem());
    agent.start();
    const before = reports();
    await sleep(400);
    expect(companion.state().agent).toBe('own');
    await companion.checkAgain();
    expect(reports()).toBeGreaterThan(before);
    await join(agent);
    await until(() => companion.state().agent === 'system');
  }, 30_000);

  test('what was left behind by leaving is not there', async () => {
    const { companion } = await startOwn();
    await startSystem();
    await until(() => companion.state().agent === 'system');
    const agent = stopping(await openOwn());
    await agent.unenroll();
    expect(existsSync(path.join(ownDir(), 'handed-over.json'))).toBe(false);
  }, 30_000);
});

describe('who reads what, as doctor tells', () => {
  const common = { readAt: '2026-11-24T08:00:00Z', tookMs: 1 };
  const denied = (check: string): Reading => ({ ...common, check, status: 'unknown', reason: 'permission' });
  const known = (check: string, method: string): Reading => ({ ...common, check, status: 'known', value: {}, method });
  const absent = { socket: '/run/stance/agent.sock', version: null, problem: { code: 'system-agent-absent', message: '' }, sessions: [] };
  test('without a system agent: this process, and what one would have the rights to', () => {
    const own = [denied('disk.encryption'), known('device.uptime', '/proc/uptime'), denied('screen.lock')];
    expect(whoReads(CATALOGUE, own, { systemAgent: absent, readings: [] })).toMatchObject({
      checks: [{ by: 'this process', reason: 'permission' }, { by: 'this process' }, { by: 'this process' }],
      // Rights are not what a session is read by.
      gain: ['disk.encryption'],
    });
  });
  test('with one: who read it, and what this process could not have read', () => {
    const own = [denied('disk.encryption'), denied('boot.secure_boot')];
    const theirs = [known('disk.encryption', 'sysfs'), denied('boot.secure_boot'), known('screen.lock', 'session: GSettings')];
    const found = whoReads(CATALOGUE, own, { systemAgent: { ...absent, version: '1', problem: null }, readings: theirs });
    expect(found.checks.map(({ by }) => by)).toEqual(['system agent', 'system agent', 'session process']);
    expect(found.gain).toEqual(['disk.encryption']);
    const silent = whoReads(CATALOGUE, [], { systemAgent: { ...absent, version: '1', problem: null }, readings: [denied('screen.lock')] });
    expect(silent.checks).toMatchObject([{ by: 'nobody' }]);
  });
});
