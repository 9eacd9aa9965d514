/** The local socket against those who mean no good: real sockets, real users where this machine lets us be them. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { connectLocally } from '../../src/agent/local/client.ts';
import { takePlace, trustSocket } from '../../src/agent/local/place.ts';
import { whyRefused } from '../../src/agent/local/seat.ts';
import { type LocalServer, serveLocally } from '../../src/agent/local/server.ts';
import { createRealHost } from '../../src/host/index.ts';
import { MAX_LOCAL_BYTES, StanceError, type TrayState } from '../../src/model/index.ts';

const STATE: TrayState = {
  ...{ appraisal: null, readings: [], checking: false, readAt: null, privilege: 'system', agent: 'system', version: '1' },
  report: { enrolled: true, server: 'https://posture.example.com', lastReportedAt: null, problem: null, serialNumber: null },
  managed: null,
};
const PATIENCE = { hello: 400, line: 400, silence: 60_000 };
const root = process.getuid?.() === 0;
const describeAsRoot = root ? describe : (title: string, body: () => void) => describe.skip(`${title} (needs root: sudo npm test)`, body);

let folder: string;
let file: string;
let server: LocalServer;
const sockets: Socket[] = [];
let failure: Error | undefined;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'stance-socket-'));
  chmodSync(folder, 0o755);
  file = path.join(folder, 'run', 'agent.sock');
  failure = undefined;
  server = await serveLocally({
    file,
    refuses: root ? (uid) => whyRefused(uid, createRealHost()) : async () => undefined,
    handlers: {
      hello: () => ({ version: '1', checks: ['screen.lock'], everyMs: 60_000 }),
      state: () => STATE,
      watch: (_args, caller) => {
        caller.watch();
        return STATE;
      },
      checkAgain: async () => {
        if (failure !== undefined) throw failure;
        return STATE;
      },
      handOver: ({ readings }) => ({ taken: readings.map(({ check }) => check) }),
      sessions: () => ({ sessions: [] }),
    },
    patience: PATIENCE,
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A peer that sends what it likes: what it was answered, until the other side ended it. */
function peer(...sent: (string | Uint8Array)[]) {
  const socket = connect(file);
  sockets.push(socket);
  let said = '';
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(said)));
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    said += chunk;
  });
  for (const text of sent) socket.write(text);
  return {
    socket,
    closed,
    said: () => said,
    lines: () =>
      said
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}
async function until(holds: () => boolean, mostMs = 5_000): Promise<void> {
  const end = performance.now() + mostMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to be');
    await sleep(5);
  }
}
const ask = (call: string, args: unknown = {}, id = 1): string => `${JSON.stringify({ v: 1, id, call, args })}\n`;
/** A good peer is served, whatever the others do. */
async function serves(): Promise<void> {
  const client = await connectLocally({ file });
  expect(await client.call('state', {})).toEqual(STATE);
  client.close();
}

describe('a peer that keeps to the rules', () => {
  test('is answered, and told what changes once it watches', async () => {
    const states: TrayState[] = [];
    const client = await connectLocally({ file, onState: (state) => states.push(state) });
    expect(await client.call('hello', { version: '1' })).toEqual({ version: '1', checks: ['screen.lock'], everyMs: 60_000 });
    server.tell({ ...STATE, checking: true });
    await client.call('watch', {});
    server.tell({ ...STATE, readAt: '2026-11-24T08:00:00Z' });
    await until(() => states.length > 0);
    expect(states).toEqual([{ ...STATE, readAt: '2026-11-24T08:00:00Z' }]);
    client.close();
    await expect(client.call('state', {})).rejects.toMatchObject({ code: 'system-agent-absent' });
  });
  test('is told what went wrong by its code, and nothing of what is inside', async () => {
    const client = await connectLocally({ file });
    failure = new StanceError('rate-limited', 'A moment ago.');
    await expect(client.call('checkAgain', {})).rejects.toMatchObject({ code: 'rate-limited', message: 'A moment ago.' });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    failure = new TypeError('/secret/path is undefined');
    await expect(client.call('checkAgain', {})).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('secret') });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('/secret/path'));
    warn.mockRestore();
    client.close();
  });
  test('hears of the end', async () => {
    const ended = new Promise((resolve) => void connectLocally({ file, onEnd: resolve }));
    await sleep(50);
    await server.stop();
    expect(await ended).toMatchObject({ code: 'system-agent-absent' });
    expect(existsSync(file)).toBe(false);
    await expect(connectLocally({ file })).rejects.toMatchObject({ code: 'system-agent-absent' });
    server = { tell: () => {}, stop: async () => {} };
  });
});

describe('a peer that does not', () => {
  test('a call that there is not, and arguments that it does not take, are refused by code; the connection goes on', async () => {
    const { lines } = peer(ask('sign'), ask('enroll', {}, 2), ask('handOver', { readings: 'all' }, 3), ask('state', {}, 4));
    await until(() => lines().length === 4);
    expect(lines().map(({ id, ok, code }) => [id, ok, code])).toEqual([
      [1, false, 'not-found'],
      [2, false, 'not-found'],
      [3, false, 'bad-request'],
      [4, true, undefined],
    ]);
  });
  test('garbage is answered with a code, and ends nothing but itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (garbage) => {
        const { socket, closed } = peer(garbage, '\n');
        socket.end();
        const said = await closed;
        for (const line of said.split('\n').filter(Boolean)) expect(JSON.parse(line)).toMatchObject({ v: 1, ok: false });
      }),
      { numRuns: 20 },
    );
    await sleep(1_500);
    await serves();
  }, 20_000);
  test('a line that is too long is refused before its end', async () => {
    const { closed, lines } = peer(Buffer.alloc(MAX_LOCAL_BYTES + 1, 'x'));
    await closed;
    expect(lines()).toMatchObject([{ id: null, ok: false, code: 'body-too-large' }]);
  });
  test('a line of 10 MB is cut off, and not kept', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const { socket, closed } = peer();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    for (; sent < 10 * 1024 * 1024 && !socket.destroyed; sent += chunk.length) {
      if (!socket.write(chunk)) await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
    }
    await closed;
    expect(sent).toBeLessThan(4 * 1024 * 1024);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
    await serves();
  });
  test('the largest message is taken', async () => {
    const { lines } = peer(`${' '.repeat(MAX_LOCAL_BYTES - 200)}${ask('state')}`);
    await until(() => lines().length === 1);
    expect(lines()[0]).toMatchObject({ ok: true });
  });
  test('half a message, and one that comes a byte at a time, do not hold the line', async () => {
    const half = peer(ask('state'), '{"v":1,');
    const slow = peer();
    const drip = setInterval(() => slow.socket.write('x'), 50);
    const startedAt = performance.now();
    await Promise.all([half.closed, slow.closed]);
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(half.lines().at(-1)).toMatchObject({ ok: false, code: 'bad-request' });
    await serves();
  });
  test('one that says nothing is let go', async () => {
    const { closed } = peer();
    expect(await closed).toContain('bad-request');
  });
  test('a flood of requests is cut off, and others are served meanwhile', async () => {
    const { closed, lines } = peer(ask('state').repeat(5_000));
    await serves();
    await closed;
    const answers = lines();
    expect(answers.at(-1)).toMatchObject({ ok: false, code: 'rate-limited' });
    expect(answers.length).toBeLessThan(40);
  });
  test('a flood of empty lines is cut off', async () => {
    expect(await peer('\n'.repeat(200_000)).closed).toContain('rate-limited');
  });
  test('one that asks and does not read is let go once too much waits', async () => {
    const large = { ...STATE, report: { ...STATE.report, problem: 'x'.repeat(200_000) } };
    const { socket, closed } = peer(ask('watch'));
    await sleep(100);
    socket.pause();
    for (let count = 0; count < 40; count++) server.tell(large);
    await sleep(50);
    socket.resume();
    await closed;
    await serves();
  });
  test('one user has a few connections and no more; those who come and go all the time are turned away', async () => {
    const many = Array.from({ length: 12 }, () => peer(ask('state')));
    await until(() => many.filter(({ said }) => said().includes('rate-limited')).length === 4);
    for (const { socket } of many) socket.destroy();
    const more = Array.from({ length: 60 }, () => peer().closed.then((said) => said));
    expect((await Promise.all(more)).filter((said) => said.includes('rate-limited')).length).toBeGreaterThan(20);
  });
});

describe('the place', () => {
  test('is open to all and changed by its owner only; a second one that serves is refused, and what a killed one left is not', async () => {
    expect([statSync(path.dirname(file)).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o755, 0o666]);
    const program = `const { takePlace } = await import(${JSON.stringify(path.resolve(import.meta.dirname, '../../src/agent/local/place.ts'))});
      try { takePlace(${JSON.stringify(file)}); console.log('taken'); } catch (error) { console.log(error.code); }`;
    const take = (): string => execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8', env: {} }).trim();
    expect(take()).toBe('agent-running');
    await server.stop();
    expect(take()).toBe('taken');
    const release = takePlace(file);
    release();
    server = { tell: () => {}, stop: async () => {} };
  });
  test('in a folder that others can write nothing is served', () => {
    const shared = path.join(folder, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    expect(() => takePlace(path.join(shared, 'agent.sock'))).toThrow(expect.objectContaining({ code: 'socket-untrusted' }));
  });
  test('what is no socket, what is not there, and what lies where others can write is not spoken to', async () => {
    const code = (where: string): string => {
      try {
        trustSocket(where);
        return 'trusted';
      } catch (error) {
        return (error as StanceError).code;
      }
    };
    expect(code(file)).toBe('trusted');
    expect(code(path.join(folder, 'absent', 'agent.sock'))).toBe('system-agent-absent');
    expect(code(path.join(folder, 'absent.sock'))).toBe('system-agent-absent');
    expect(code(path.join(folder, 'run', 'agent.lock'))).toBe('socket-untrusted');
    symlinkSync(file, path.join(folder, 'link.sock'));
    expect(code(path.join(folder, 'link.sock'))).toBe('socket-untrusted');
    symlinkSync(path.dirname(file), path.join(folder, 'through'));
    expect(code(path.join(folder, 'through', 'agent.sock'))).toBe('trusted');
    chmodSync(path.dirname(file), 0o777);
    expect(code(file)).toBe('socket-untrusted');
    chmodSync(path.dirname(file), 0o755);
    chmodSync(folder, 0o777);
    expect(code(file)).toBe('socket-untrusted');
    chmodSync(folder, 0o755);
  });
});

describeAsRoot('other users', () => {
  /** What a peer of that user is answered to `state`. */
  function asUser(uid: number): Promise<string> {
    const program = `const s = require('node:net').connect(${JSON.stringify(file)}); s.on('error', (e) => console.log(e.code));
      s.on('data', (d) => { console.log(String(d)); s.end(); }); s.write(${JSON.stringify(ask('state'))});`;
    return new Promise((resolve) => {
      const child = spawn('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', process.execPath, '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {},
      });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      child.on('close', () => resolve(said));
    });
  }
  test('people are answered; services, and those who are nobody, are not', async () => {
    for (const [uid, answered] of [
      [0, true],
      [1000, true],
      [4711, true],
      [33, false],
      [61_500, false],
      [65_534, false],
    ] as const)
      expect({ uid, said: await asUser(uid) }).toEqual({ uid, said: expect.stringContaining(answered ? '"ok":true' : 'peer-refused') });
  }, 20_000);
  test('a socket that another user serves is not spoken to, wherever it lies', async () => {
    const theirs = path.join(folder, 'theirs');
    mkdirSync(theirs);
    const fake = createServer((socket) => socket.destroy()).listen(path.join(theirs, 'agent.sock'));
    await sleep(50);
    let spoken = false;
    fake.on('connection', () => {
      spoken = true;
    });
    chownSync(path.join(theirs, 'agent.sock'), 1000, 1000);
    await expect(connectLocally({ file: path.join(theirs, 'agent.sock') })).rejects.toMatchObject({
      code: 'socket-untrusted',
      message: expect.stringContaining('1000'),
    });
    chownSync(path.join(theirs, 'agent.sock'), 0, 0);
    chownSync(theirs, 1000, 1000);
    await expect(connectLocally({ file: path.join(theirs, 'agent.sock') })).rejects.toMatchObject({ code: 'socket-untrusted' });
    expect(spoken).toBe(false);
    fake.close();
  });
});

test('where it cannot be told who connects, nobody is spoken to', async () => {
  const other = path.join(folder, 'other', 'agent.sock');
  const handlers = new Proxy({}, { get: () => () => STATE });
  const closed = await serveLocally({
    ...{ file: other, refuses: async () => undefined, handlers: handlers as never },
    askPeer: () => Promise.reject(new Error('koffi.node is not there.')),
  });
  const client = await connectLocally({ file: other });
  await expect(client.call('state', {})).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('koffi') });
  await closed.stop();
});
