/** The agent against the real service: what it sends, what it keeps, and what it says when something is in the way. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Agent, createAgent } from '../../src/agent/index.ts';
import { openOutbox } from '../../src/agent/outbox.ts';
import { updateHistory } from '../../src/agent/reading-source.ts';
import { createRecordedHost, parseRecording } from '../../src/host/index.ts';
import { createTestService, type TestService } from '../service/service.ts';

const LAPTOP = path.resolve(import.meta.dirname, '../hosts/ubuntu-laptop.json');
const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'stance-agent-'));

let service: TestService;
let stateDir: string;
let agent: Agent;
let recording: ReturnType<typeof parseRecording>;
let fetcher: typeof fetch = fetch;

const open = () =>
  createAgent({
    stateDir,
    now: () => service.now(),
    host: () => createRecordedHost(recording),
    recorded: true,
    version: '0.1.0',
    fetch: (...args) => fetcher(...args),
  });
const enroll = async (): Promise<void> => void (await agent.enroll({ server: service.url, token: await service.enrollmentToken() }));
const claims = (jws: string) => JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
const history = async () => (await service.call('GET', `/v1/devices/${agent.enrollment()?.device}/history`)).json().history;
const stored = () => JSON.parse(readFileSync(path.join(stateDir, 'device.json'), 'utf8'));
const keyFile = (): string => path.join(stateDir, readdirSync(stateDir).find((name) => name.endsWith('.pem')) ?? 'no key');
/** The service's clock stands still; a nonce must be younger than the last. */
const report = (): ReturnType<Agent['refresh']> => {
  service.pass(1000);
  return agent.refresh({ slow: 'wait' });
};

beforeEach(async () => {
  recording = parseRecording(readFileSync(LAPTOP, 'utf8'));
  fetcher = fetch;
  stateDir = path.join(temporary(), 'state');
  service = await createTestService();
  // The service looks at the laptop's date, or the laptop's support and updates would be judged by another.
  service.pass(Date.now() - service.now());
  agent = await open();
});
afterEach(async () => {
  await agent.stop();
  await service.close();
});

test('joins, reports in full, then by heartbeat, then in full again when something changed', async () => {
  await enroll();
  const [first, second] = [await report(), await report()];
  expect([claims(first.jws).stance.kind, claims(second.jws).stance.kind]).toEqual(['full', 'heartbeat']);
  expect(first.compliance).toBe(first.appraisal.compliance);
  recording = {
    ...recording,
    calls: recording.calls.map((call) => ('read' in call && call.read === '/etc/ufw/ufw.conf' ? { read: call.read, text: 'ENABLED=no\n' } : call)),
  };
  const third = await report();
  expect(claims(third.jws).stance).toMatchObject({ kind: 'full', seq: 3 });
  expect(third.compliance).toBe('not-compliant');
  expect(await history()).toHaveLength(3);
});

test('the key is a file for its owner only; one that others can read is refused', async () => {
  await enroll();
  const key = keyFile();
  expect([statSync(key).mode & 0o777, statSync(stateDir).mode & 0o777]).toEqual([0o600, 0o700]);
  chmodSync(key, 0o644);
  await expect(report()).rejects.toMatchObject({ code: 'state-corrupt', message: expect.stringContaining('chmod 600') });
});

test('an enrollment that fails leaves the device what it was; one that succeeds makes it a new one, with a new key', async () => {
  await enroll();
  const [before, key] = [agent.enrollment(), keyFile()];
  await expect(agent.enroll({ server: service.url, token: 'made up' })).rejects.toMatchObject({ code: 'token-invalid' });
  expect([agent.enrollment(), keyFile()]).toEqual([before, key]);
  expect((await report()).seq).toBe(1);
  await enroll();
  expect(agent.enrollment()?.device).not.toBe(before?.device);
  expect(readdirSync(stateDir).filter((name) => name.endsWith('.pem'))).toHaveLength(1);
  expect((await report()).seq).toBe(1);
});

test('an answer to joining that was lost makes no second device and uses up no second token, even where the agent was ended meanwhile', async () => {
  const wish = { server: service.url, token: await service.enrollmentToken({ uses: 1, approves: true }) };
  fetcher = async (...args) => {
    const answer = await fetch(...args);
    if (!String(args[0]).endsWith('/v1/enrollments')) return answer;
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
  };
  await expect(agent.enroll(wish)).rejects.toMatchObject({ code: 'service-unreachable' });
  await agent.stop();
  fetcher = fetch;
  agent = await open();
  service.pass(1000);
  const { device } = await agent.enroll(wish);
  expect((await report()).seq).toBe(1);
  expect((await service.call('GET', '/v1/devices')).json().devices).toMatchObject([{ id: device }]);
  expect(readdirSync(stateDir).filter((name) => name.endsWith('.pem') || name === 'joining.json')).toHaveLength(1);
});

test('nothing private is sent: no host name, no user name, no serial number', async () => {
  await enroll();
  const { jws } = await report();
  expect(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()).not.toMatch(
    new RegExp(`${process.env.USER ?? 'nobody-has-this-name'}|serial|hostname|machine-id`, 'i'),
  );
});

describe('when something goes wrong on the way', () => {
  test('an answer that was lost: the same bytes go again, and count once', async () => {
    await enroll();
    let lose = true;
    fetcher = async (input, init) => {
      const answer = await fetch(input, init);
      if (lose && String(input).endsWith('/v1/evidence')) {
        lose = false;
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
      }
      return answer;
    };
    await expect(report()).rejects.toMatchObject({ code: 'service-unreachable' });
    const { seq } = await report();
    expect(seq).toBe(2);
    expect((await history()).map((row: { seq: number }) => row.seq)).toEqual([2, 1]);
  });

  test('an agent that was killed between writing and sending sends what it had signed', async () => {
    await enroll();
    fetcher = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('down'), { code: 'ECONNREFUSED' }) });
    };
    await expect(report()).rejects.toMatchObject({ code: 'service-unreachable', message: expect.stringContaining('Nothing listens') });
    const { pending } = stored().chain;
    await agent.stop();
    fetcher = fetch;
    agent = await open();
    await report();
    const rows = await history();
    expect(rows.at(-1).hash).toBe(pending.hash);
  });

  test('a nonce that grew old while the device slept: signed anew with the one in the refusal', async () => {
    await enroll();
    await report();
    service.pass(20 * 60_000);
    expect((await report()).seq).toBe(2);
  });

  test('a service that lost the readings asks for all of them', async () => {
    await enroll();
    await report();
    const { chain } = stored();
    // As if the service had another posture on record: the digest that the agent believes in is not the head's.
    recording = {
      ...recording,
      calls: recording.calls.map((call) => ('read' in call && call.read === '/etc/ufw/ufw.conf' ? { read: call.read, text: 'ENABLED=no\n' } : call)),
    };
    await report();
    writeFileSync(path.join(stateDir, 'device.json'), JSON.stringify({ ...stored(), chain: { ...stored().chain, digest: chain.digest } }));
    recording = parseRecording(readFileSync(LAPTOP, 'utf8'));
    expect(claims((await report()).jws).stance).toMatchObject({ kind: 'full', seq: 3 });
  });

  test('revoked: told to the person, in the words of the service', async () => {
    await enroll();
    await report();
    await service.call('POST', `/v1/devices/${agent.enrollment()?.device}/revoke`, { reason: 'lost' });
    await expect(report()).rejects.toMatchObject({ code: 'device-revoked' });
    expect(agent.state().report.problem).toContain('revoked');
  });

  test('not enrolled: it reads and shows, and says what is missing', async () => {
    await expect(agent.refresh({ slow: 'wait' })).rejects.toMatchObject({ code: 'not-enrolled' });
    expect(agent.state().appraisal).toMatchObject({ compliance: 'unknown', baseline: null });
    expect(agent.state().readings.length).toBeGreaterThan(10);
  });
});

describe('while the service is away', () => {
  const away = (): void => {
    fetcher = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('down'), { code: 'ECONNREFUSED' }) });
    };
  };
  const tryToReport = () => expect(report()).rejects.toMatchObject({ code: 'service-unreachable' });

  test('observations wait in order, through deaths of the agent, and are reported when it is back: as history, all but the last', async () => {
    await enroll();
    await report();
    away();
    for (let reports = 0; reports < 20; reports++) {
      await tryToReport();
      // Killed: nothing is closed, and what starts next has the disk only.
      if (reports === 6 || reports === 13) agent = await open();
    }
    fetcher = fetch;
    expect((await report()).seq).toBe(22);
    const rows: { seq: number; observedAt: string; receivedAt: string }[] = (await history()).reverse();
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    expect(rows.map(({ observedAt }) => observedAt)).toEqual(rows.map(({ observedAt }) => observedAt).sort());
    const before = rows.at(-1)?.observedAt ?? '';
    const ask = {
      subject: { type: 'user', id: 'a' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'wiki' },
      context: { device: { id: agent.enrollment()?.device } },
    };
    const { device } = (await service.call('POST', '/access/v1/evaluation', ask)).json().context;
    expect(Math.abs(service.now() - Date.parse(before) - device.evidence_age * 1000)).toBeLessThan(1500);
    expect(readdirSync(path.join(stateDir, 'outbox'))).toEqual([]);
  });

  test('the outbox is bounded: what says the same as its neighbours goes first', async () => {
    const outbox = openOutbox(temporary(), 0);
    await expect(report()).rejects.toMatchObject({ code: 'not-enrolled' });
    const quiet = agent.state().readings;
    const changed = quiet.map((reading) =>
      reading.check === 'device.uptime' ? { ...reading, status: 'unknown' as const, reason: 'no-data' as const } : reading,
    );
    for (let number = 1; number <= 300; number++) outbox.add({ observedAt: number, readings: (number === 150 ? changed : quiet) as never });
    expect(outbox.size).toBe(288);
    const kept: number[] = [];
    for (let next = outbox.next(0); next !== undefined; next = outbox.next(next.number)) kept.push(next.number);
    expect(kept).toContain(150);
    expect([kept[0], kept.at(-1)]).toEqual([1, 300]);
  });

  test('a file in the outbox that cannot be read keeps no other from being reported', async () => {
    await enroll();
    away();
    for (let reports = 0; reports < 3; reports++) await tryToReport();
    const files = readdirSync(path.join(stateDir, 'outbox'));
    writeFileSync(path.join(stateDir, 'outbox', files[1] ?? ''), '{"observedAt": ');
    fetcher = fetch;
    agent = await open();
    expect((await report()).seq).toBe(3);
  });
});

test('a new key: the evidence after says so, and the old key file goes with the next', async () => {
  await enroll();
  await report();
  const old = keyFile();
  await agent.rotateKey();
  const { jws } = await report();
  expect(claims(jws).stance.rotation.jwk).toEqual(agent.enrollment()?.jwk);
  expect((await report()).seq).toBe(3);
  await agent.rotateKey();
  await report();
  expect(existsSync(old)).toBe(false);
});

test('leaving: the service is told, and nothing stays behind', async () => {
  await enroll();
  await report();
  const { device } = agent.enrollment() ?? {};
  await agent.unenroll();
  await agent.stop();
  expect(readdirSync(stateDir)).toEqual([]);
  expect((await service.call('GET', `/v1/devices/${device}`)).json()).toMatchObject({ state: 'retired' });
});

test('leaving a service that cannot be told: only by force', async () => {
  await enroll();
  fetcher = async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('down'), { code: 'ECONNREFUSED' }) });
  };
  await expect(agent.unenroll()).rejects.toMatchObject({ code: 'service-unreachable' });
  expect(agent.enrollment()).not.toBeNull();
  await agent.unenroll({ force: true });
  expect(agent.enrollment()).toBeNull();
});

describe('in the state folder', () => {
  test('a file that cannot be understood is named, with what to do', async () => {
    await enroll();
    writeFileSync(path.join(stateDir, 'device.json'), '{"epoch": 1}');
    await expect(report()).rejects.toMatchObject({ code: 'state-corrupt', message: expect.stringContaining('device.json') });
  });

  test('two agents do not share it; one that was killed leaves it free', async () => {
    const lock = path.join(stateDir, 'agent.lock');
    writeFileSync(lock, '1');
    await expect(open()).rejects.toMatchObject({ code: 'agent-running' });
    writeFileSync(lock, '99999999');
    const other = await open();
    await other.stop();
    expect(existsSync(lock)).toBe(false);
  });

  (process.platform === 'linux' ? test : test.skip)(
    'a lock that outlived a restart of the system holds nobody up, whoever has the number of its process now',
    async () => {
      const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
      try {
        const start = (pid: number): string =>
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[19] ?? '';
        const lock = path.join(stateDir, 'agent.lock');
        expect(readFileSync(lock, 'utf8')).toBe(`${process.pid} ${start(process.pid)}`);
        writeFileSync(lock, `${other.pid} ${start(other.pid ?? 0)}`);
        await expect(open()).rejects.toMatchObject({ code: 'agent-running' });
        writeFileSync(lock, `${other.pid} 1`);
        await (await open()).stop();
      } finally {
        other.kill();
      }
    },
  );

  test('a folder that cannot be made is said in words', async () => {
    const file = path.join(temporary(), 'file');
    writeFileSync(file, '');
    await expect(createAgent({ stateDir: path.join(file, 'state'), host: createRecordedHost(recording), version: '1' })).rejects.toMatchObject({
      code: 'state-unwritable',
    });
  });

  test('what waits is remembered from when it was first seen, on every system, and forgotten when it is done', () => {
    const reading = (check: string, value: object) => ({ check, status: 'known' as const, value, readAt: '2026-11-24T08:00:00Z', tookMs: 0 });
    const update = (name: string) => ({ name, since: '2026-11-01T00:00:00Z' });
    const first = updateHistory({}, [
      reading('os.security_updates', { pending: [update('macOS Tahoe 26.7.2')], count: 1 }),
      reading('firmware.updates', { pending: [update('System Firmware 1.20 → 1.25')] }),
      reading('os.reboot_pending', { required: true }),
    ]);
    expect(first).toEqual({
      'os.security_updates': { 'macOS Tahoe 26.7.2': '2026-11-01T00:00:00Z' },
      'firmware.updates': { 'System Firmware 1.20 → 1.25': '2026-11-01T00:00:00Z' },
      'os.reboot_pending': { required: '2026-11-24T08:00:00Z' },
    });
    // A reading that failed knows nothing of what waits.
    const failed = { check: 'os.security_updates', status: 'unknown' as const, reason: 'timeout' as const, readAt: '2026-11-25T08:00:00Z', tookMs: 0 };
    const later = { ...reading('os.reboot_pending', { required: true }), readAt: '2026-11-25T08:00:00Z' };
    expect(updateHistory(first, [failed, later])).toEqual(first);
    expect(updateHistory(first, [reading('os.reboot_pending', { required: false })])).toMatchObject({ 'os.reboot_pending': {} });
  });

  test('slow readings are kept, and what was pending since when', async () => {
    await enroll();
    await report();
    const [slow] = JSON.parse(readFileSync(path.join(stateDir, 'slow-readings.json'), 'utf8'));
    expect(slow).toMatchObject({ check: 'os.security_updates', status: 'known' });
    expect(JSON.parse(readFileSync(path.join(stateDir, 'history.json'), 'utf8'))).toMatchObject({ 'os.security_updates': {} });
  });
});

describe('in front of the service', () => {
  let imposter: Server;
  const serve = async (listener: RequestListener): Promise<string> => {
    imposter = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => imposter.once('listening', resolve));
    return `http://127.0.0.1:${(imposter.address() as { port: number }).port}`;
  };
  afterEach(() => void imposter?.close());
  const refusal = async (server: string): Promise<{ code: string; message: string }> =>
    agent.enroll({ server, token: 'x' }).then(
      () => ({ code: 'enrolled', message: '' }),
      (error) => error,
    );

  test('a sign-in page of the network', async () => {
    const page = await serve((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to our Wi-Fi'));
    expect(await refusal(page)).toMatchObject({ code: 'service-answer-invalid', message: expect.stringContaining('proxy') });
  });
  test('a redirect, which is not followed', async () => {
    const elsewhere = await serve((_request, response) => response.writeHead(302, { location: 'https://login.example.com/' }).end());
    expect(await refusal(elsewhere)).toMatchObject({ code: 'service-answer-invalid', message: expect.stringContaining('302') });
  });
  test('an answer without end', async () => {
    const flood = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        if (response.destroyed) return;
        response.write('x'.repeat(65_536));
        setImmediate(more);
      };
      more();
    });
    expect(await refusal(flood)).toMatchObject({ code: 'service-answer-invalid', message: expect.stringContaining('MiB') });
  });
  test.each([
    ['http://posture.example.com', 'insecure-url'],
    ['http://no-such-host.invalid.localhost.example', 'insecure-url'],
    ['https://no-such-host.invalid', 'service-unreachable'],
    ['http://127.0.0.1:9', 'service-unreachable'],
    ['nonsense', 'usage'],
  ])('%s → %s', async (server, code) => {
    expect(await refusal(server)).toMatchObject({ code });
  });
});
