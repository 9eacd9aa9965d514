/** An agent that does what the organisation has set, against the real service: nobody clicks in here. */
import { chownSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Agent, createAgent, type ManagedDoor, mergeManaged } from '../../src/agent/index.ts';
import { delayOf } from '../../src/agent/pace.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import type { ManagedSource } from '../../src/model/index.ts';
import { createTestService, type TestService } from '../service/service.ts';

const LAPTOP = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../hosts/ubuntu-laptop.json'), 'utf8'));
const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'stance-following-'));

let service: TestService;
let stateDir: string;
let agent: Agent;
let sources: readonly ManagedSource[];
let changed: () => void;
/** The organisation: what it says now, and word of it. */
const door: ManagedDoor = {
  read: async () => mergeManaged(sources),
  watch(onChange) {
    changed = onChange;
    return () => undefined;
  },
};
const manage = (members: object, ...more: ManagedSource[]): void => {
  sources = [{ name: '10.json', text: JSON.stringify(members) }, ...more];
};

async function open(options: { uid?: number; chosenServer?: string; systemState?: string } = {}): Promise<void> {
  const { uid = 1000, chosenServer, systemState = path.join(stateDir, 'no system agent') } = options;
  const host = createRecordedHost(parseRecording(JSON.stringify({ ...LAPTOP, user: { ...LAPTOP.user, uid } })));
  const following = { systemState };
  agent = await createAgent({
    ...{ stateDir, host, recorded: true, version: '0.1.0', now: () => service.now(), managed: door, following },
    ...(chosenServer === undefined ? {} : { chosenServer }),
  });
}
async function reopen(options: Parameters<typeof open>[0] = {}): Promise<void> {
  await agent.stop();
  await open(options);
}
const turn = (): ReturnType<Agent['refresh']> => {
  service.pass(1000);
  return agent.refresh({ slow: 'skip' });
};
const refused = (code: string, message: RegExp = /./) => expect(turn()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
const devices = async (at: TestService = service): Promise<{ id: string; state: string }[]> => (await at.call('GET', '/v1/devices')).json().devices;
const server = (): string => service.url;

beforeEach(async () => {
  stateDir = path.join(temporary(), 'state');
  sources = [];
  service = await createTestService();
  service.pass(Date.now() - service.now());
  await open();
});
afterEach(async () => {
  await agent.stop();
  await service.close();
});

describe('a machine that has never seen Stance', () => {
  test('joins and reports in its first turn', async () => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1, state: 'active' });
    expect(await devices()).toMatchObject([{ id: agent.enrollment()?.device, state: 'active' }]);
    expect((await turn()).seq).toBe(2);
    expect(await devices()).toHaveLength(1);
  });

  test('joins soon after the file comes, started long before', async () => {
    agent.start();
    await agentSays(() => agent.state().readAt !== null);
    expect(agent.state().report).toMatchObject({ enrolled: false, problem: null });
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    service.pass(1000);
    changed();
    await agentSays(() => agent.state().report.lastReportedAt !== null);
    expect(await devices()).toHaveLength(1);
  });

  test('waits while it is pending, asks again at the interval, and reports once it is let in', async () => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken({ approves: false }) });
    await refused('device-pending');
    expect(agent.state().report).toMatchObject({ enrolled: true, problem: expect.stringContaining('approv') });
    await refused('device-pending');
    await service.call('POST', `/v1/devices/${agent.enrollment()?.device}/approve`, { reason: 'ours' });
    expect(await turn()).toMatchObject({ state: 'active' });
    expect(agent.state().report.problem).toBeNull();
  });

  test('whose service is away reads and shows all the same, and joins when it is back', async () => {
    const port = new URL(server()).port;
    const token = await service.enrollmentToken();
    const away = await reservePort();
    manage({ server: `http://127.0.0.1:${away}`, enrollmentToken: token });
    await refused('service-unreachable', /Nothing listens/);
    expect(agent.state().readings.length).toBeGreaterThan(10);
    expect(agent.state().report.problem).toContain('Nothing listens');
    expect(readdirSync(stateDir).filter((name) => name.endsWith('.pem'))).toEqual([]);
    const front = await forwardTo(port, away);
    expect(await turn()).toMatchObject({ seq: 1 });
    front.close();
  });

  test('with a token that is used up says so, and takes the new one as soon as it is there', async () => {
    manage({ server: server(), enrollmentToken: 'stance_enroll_used-up' });
    await refused('token-invalid');
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1 });
  });

  test.each([
    ['an error in another file', { name: '20.json', text: '{\n "caPni": "00"}' }, 'managed-unusable', /20\.json has an error: line 2.*did you mean "caPin"/],
    [
      'a file that it may not read',
      { name: '20.json', kind: 'unreadable', says: 'it is for the administrator only.' },
      'managed',
      /20\.json cannot be read by this user/,
    ],
  ] as const)('does not join on half of a configuration: %s', async (_what, other, code, says) => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() }, other);
    await refused(code, says);
    expect(agent.state().report.problem).toMatch(says);
    expect(await devices()).toEqual([]);
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1 });
  });

  test('does what a file says that nobody else could have written, beside one that somebody could have', async () => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() }, { name: '20.json', kind: 'ignored', says: 'it is owned by user 1000.' });
    expect(await turn()).toMatchObject({ seq: 1 });
    expect(agent.state().managed?.faults).toEqual(['20.json is ignored: it is owned by user 1000.']);
  });

  test('with a service and no token leaves joining to people', async () => {
    manage({ server: server() });
    await refused('not-enrolled');
    expect(agent.state().report.problem).toBeNull();
    await agent.enroll({ server: server(), token: await service.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1 });
  });

  test('on which the agent of the system joins: that of a user does not as well', async () => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    await reopen({ systemState: stateDir });
    await refused('managed', /agent of the whole system/);
    await reopen({ systemState: stateDir, uid: 0 });
    expect(await turn()).toMatchObject({ seq: 1 });
  });

  test('to which environment or flag say another service follows those', async () => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken() });
    await reopen({ chosenServer: 'https://other.example' });
    await refused('not-enrolled');
    await reopen({ chosenServer: `${server()}/` });
    expect(await turn()).toMatchObject({ seq: 1 });
  });
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot('a token in a file of its own; one that a user could have written is not used (needs root)', async () => {
  const top = temporary();
  const file = path.join(top, 'token');
  writeFileSync(file, `${await service.enrollmentToken()}\n`, { mode: 0o600 });
  manage({ server: server(), enrollmentTokenFile: file });
  await refused('managed-unusable', /token is not used: its folder \/tmp is writable by everybody|is not used/);
  await agent.stop();
  const host = createRecordedHost(parseRecording(JSON.stringify(LAPTOP)));
  const following = { trustedFrom: top, systemState: path.join(top, 'none') };
  agent = await createAgent({ stateDir, host, recorded: true, version: '0.1.0', now: () => service.now(), managed: door, following });
  chownSync(file, 65_534, 65_534);
  await refused('managed-unusable', /owned by user 65534/);
  chownSync(file, 0, 0);
  expect(await turn()).toMatchObject({ seq: 1 });
});

describe('a device that has joined', () => {
  const join = async (members: object = {}): Promise<void> => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken(), ...members });
    await turn();
  };

  test('is not joined again because the token in the file is another now', async () => {
    await join();
    const { device } = agent.enrollment() ?? {};
    await join();
    expect(agent.enrollment()?.device).toBe(device);
    expect(await devices()).toHaveLength(1);
  });

  test('moves with its service to another address, as the same device', async () => {
    await join();
    const { device } = agent.enrollment() ?? {};
    const port = await reservePort();
    const front = await forwardTo(new URL(server()).port, port);
    manage({ server: `http://127.0.0.1:${port}` });
    expect(await turn()).toMatchObject({ seq: 2 });
    expect(agent.enrollment()).toMatchObject({ device, server: `http://127.0.0.1:${port}` });
    front.close();
  });

  test('goes to another service with a token for it, and reports to the old one until it can', async () => {
    await join();
    const other = await createTestService();
    other.pass(service.now() - other.now());
    manage({ server: other.url });
    expect(await turn()).toMatchObject({ seq: 2 });
    expect(agent.state().report.problem).toMatch(/another service.*no token/);
    manage({ server: other.url, enrollmentToken: await other.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1 });
    expect(await devices(other)).toHaveLength(1);
    await other.close();
  });

  test('stays where people let it join, where they may choose', async () => {
    const other = await createTestService();
    other.pass(service.now() - other.now());
    await join({ userMayChangeServer: true });
    await agent.enroll({ server: other.url, token: await other.enrollmentToken() });
    await turn();
    expect(agent.enrollment()?.server).toBe(other.url);
    await other.close();
  });

  test('which the service has revoked does not come back with the token that it came with, but with a new one', async () => {
    await join();
    manage({ server: server(), enrollmentToken: await service.enrollmentToken({ approves: true, uses: 5 }) });
    await service.call('POST', `/v1/devices/${agent.enrollment()?.device}/revoke`, { reason: 'lost' });
    await refused('device-revoked');
    // The new token is taken in the turn after the refusal, once.
    await turn();
    expect((await devices()).map(({ state }) => state).sort()).toEqual(['active', 'revoked']);
    await service.call('POST', `/v1/devices/${agent.enrollment()?.device}/revoke`, { reason: 'again' });
    await refused('device-revoked');
    await refused('device-revoked');
    await reopen();
    await refused('device-revoked');
    await refused('device-revoked');
    expect(await devices()).toHaveLength(2);
  });

  test('keeps reporting when the configuration breaks, and does not move', async () => {
    await join();
    manage({ server: 'https://elsewhere.example', intervalMs: 'often' });
    expect(await turn()).toMatchObject({ seq: 2 });
    expect(agent.state().report.problem).toMatch(/joins nothing while.*"intervalMs"/);
    manage({ server: server(), caPin: 'no pin' });
    expect(await turn()).toMatchObject({ seq: 3 });
    expect(agent.state().managed?.faults).toHaveLength(1);
  });

  test('keeps reporting when everything managed is taken away', async () => {
    await join();
    sources = [];
    expect(await turn()).toMatchObject({ seq: 2 });
    expect(agent.state().managed).toBeNull();
  });
});

describe('leaving', () => {
  const joined = async (members: object = {}): Promise<void> => {
    manage({ server: server(), enrollmentToken: await service.enrollmentToken({ approves: true, uses: 3 }), ...members });
    await turn();
  };

  test('is not for people where the organisation let the device join; it is for root', async () => {
    await joined();
    await expect(agent.unenroll({ force: true })).rejects.toMatchObject({ code: 'managed' });
    expect(await turn()).toMatchObject({ seq: 2 });
    await reopen({ uid: 0 });
    await agent.unenroll();
    expect(agent.enrollment()).toBeNull();
  });

  test('where people may: the device stays out, through restarts and new tokens, until somebody lets it join', async () => {
    await joined({ userMayUnenroll: true });
    await agent.unenroll();
    expect(readdirSync(stateDir).sort()).toEqual(['agent.lock', 'invitation.json']);
    await reopen();
    manage({ server: server(), enrollmentToken: await service.enrollmentToken(), userMayUnenroll: true });
    await refused('not-enrolled');
    expect(await devices()).toMatchObject([{ state: 'retired' }]);
    await agent.enroll({ server: server(), token: await service.enrollmentToken() });
    expect(await turn()).toMatchObject({ seq: 1 });
    expect(readdirSync(stateDir)).not.toContain('invitation.json');
  });

  test('where the organisation says that it joins again, it does', async () => {
    await joined({ userMayUnenroll: true, rejoinAfterLeaving: true });
    await agent.unenroll();
    expect(await turn()).toMatchObject({ seq: 1 });
    expect((await devices()).map(({ state }) => state).sort()).toEqual(['active', 'retired']);
  });

  test('leaves no note where nothing is managed', async () => {
    await agent.enroll({ server: server(), token: await service.enrollmentToken() });
    await agent.unenroll();
    expect(readdirSync(stateDir)).toEqual(['agent.lock']);
  });
});

describe('joining by hand', () => {
  test('another service than the organisation’s is for root, or where people may', async () => {
    manage({ server: 'https://posture.example' });
    const elsewhere = { server: server(), token: await service.enrollmentToken() };
    await expect(agent.enroll(elsewhere)).rejects.toMatchObject({
      code: 'managed',
      message: expect.stringContaining('10.json says that this device reports to https://posture.example'),
    });
    manage({ server: 'https://posture.example', userMayChangeServer: true });
    await agent.enroll(elsewhere);
    expect(agent.enrollment()?.server).toBe(server());
  });
});

test.each([
  [{}, null],
  [{ collectSerialNumber: false }, null],
  [{ collectSerialNumber: true }, 'PF-4711'],
])('the serial number is sent where the configuration asks for it by name, and the person is shown it: %j', async (members, expected) => {
  await agent.stop();
  const host = createRecordedHost(parseRecording(JSON.stringify(LAPTOP)));
  const describe = async (_salt: string, { serialNumber } = { serialNumber: false }) => ({
    model: 'Laptop 14',
    ...(serialNumber ? { serialNumber: 'PF-4711' } : {}),
  });
  const following = { systemState: '/nowhere' };
  agent = await createAgent({ stateDir, host, version: '1', now: () => service.now(), managed: door, following, describe });
  manage({ server: server(), enrollmentToken: await service.enrollmentToken(), ...members });
  await turn();
  const { description } = (await service.call('GET', `/v1/devices/${agent.enrollment()?.device}`)).json();
  expect(description).toEqual({ model: 'Laptop 14', ...(expected === null ? {} : { serialNumber: expected }) });
  expect(agent.state().report.serialNumber).toBe(expected);
});

test('until it has joined it tries again soon, and never more rarely than it would report', () => {
  const delays = (joined: boolean): number[] => [0, 1, 2, 3, 6, 20].map((failures) => delayOf({ intervalMs: 300_000, failures, joined }, 0.5));
  expect(delays(false)).toEqual([300_000, 15_000, 30_000, 60_000, 300_000, 300_000]);
  expect(delays(true)).toEqual([300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 3_600_000]);
  expect([delayOf({ intervalMs: 300_000, failures: 0, joined: true }, 0), delayOf({ intervalMs: 300_000, failures: 0, joined: true }, 1)]).toEqual([
    270_000, 330_000,
  ]);
});

async function agentSays(look: () => boolean): Promise<void> {
  for (let tries = 0; tries < 250 && !look(); tries++) await sleep(20);
  expect(look()).toBe(true);
}

/** A port that nothing listens at. */
async function reservePort(): Promise<string> {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as { port: number };
  await new Promise((resolve) => holder.close(resolve));
  return String(port);
}

/** The same service at another address. */
async function forwardTo(port: string, at: string): Promise<Server> {
  const front = createServer((asked, answer) => {
    const onward = httpRequest({ host: '127.0.0.1', port, path: asked.url, method: asked.method, headers: asked.headers }, (told) => {
      answer.writeHead(told.statusCode ?? 0, told.headers);
      told.pipe(answer);
    });
    asked.pipe(onward);
  }).listen(Number(at), '127.0.0.1');
  await new Promise((resolve) => front.once('listening', resolve));
  return front;
}
