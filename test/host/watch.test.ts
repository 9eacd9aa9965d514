/** Watches: what happened is told, once, soon, and at little cost; on real files, a real bus, and clocks that are moved. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'dbus-native';
import fc from 'fast-check';
import { CATALOGUE } from '../../src/checks/index.ts';
import { targetsOf, unitPath, watchBus } from '../../src/host/watch/bus.ts';
import { decodeMessage, encodeCall, type Signal } from '../../src/host/watch/dbus.ts';
import { watchFile } from '../../src/host/watch/files.ts';
import { createCollector, dependentsOf } from '../../src/host/watch/index.ts';
import { listeningRows, watchKernelFiles } from '../../src/host/watch/kernel-files.ts';
import { openListenerTable, parseDump } from '../../src/host/watch/listeners.ts';
import { createPace } from '../../src/host/watch/pace.ts';
import { openSocketCounts } from '../../src/host/watch/socket-counts.ts';
import { watchWake } from '../../src/host/watch/wake.ts';
import { describeWith } from '../component.ts';
import { findComponent } from '../find-component.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
const folder = (): string => {
  const made = mkdtempSync(path.join(tmpdir(), 'stance-watch-'));
  stops.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
};
/** Waits until something is so; how long it took, ms. */
async function until(holds: () => boolean, mostMs = 5_000): Promise<number> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > mostMs) throw new Error('it did not come to be');
    await sleep(10);
  }
  return performance.now() - startedAt;
}

describe('files', () => {
  function watched(file: string): () => number {
    let times = 0;
    const watching = watchFile(file, () => times++);
    stops.push(() => watching.stop());
    return () => times;
  }
  test.each<[string, (file: string) => void]>([
    ['written to', (file) => writeFileSync(file, 'b')],
    [
      'replaced by another',
      (file) => {
        writeFileSync(`${file}.new`, 'b');
        renameSync(`${file}.new`, file);
      },
    ],
    ['removed', (file) => rmSync(file)],
  ])('one that is %s', async (_name, change) => {
    const file = path.join(folder(), 'a.conf');
    writeFileSync(file, 'a');
    const times = watched(file);
    change(file);
    await until(() => times() > 0);
  });
  test('one that is not there yet, nor its folder, nor the one above', async () => {
    const file = path.join(folder(), 'one', 'two', 'a.conf');
    const times = watched(file);
    mkdirSync(path.dirname(path.dirname(file)));
    await until(() => times() > 0);
    await sleep(700);
    const before = times();
    mkdirSync(path.dirname(file));
    writeFileSync(file, 'a');
    await until(() => times() > before);
  });
  test('a neighbour tells nothing; what comes into a watched folder does', async () => {
    const place = folder();
    writeFileSync(path.join(place, 'a.conf'), 'a');
    const [file, whole] = [watched(path.join(place, 'a.conf')), watched(place)];
    writeFileSync(path.join(place, 'b.conf'), 'b');
    await until(() => whole() > 0);
    expect(file()).toBe(0);
  });
  test('a storm of thousands of changes is told a few times, the last one too', async () => {
    const file = path.join(folder(), 'a.conf');
    writeFileSync(file, 'a');
    const times = watched(file);
    const startedAt = performance.now();
    for (let changes = 0; changes < 5_000; ) {
      for (let burst = 0; burst < 250; burst++) writeFileSync(file, String(++changes));
      await sleep(1);
    }
    expect(times()).toBeGreaterThan(0);
    // However long this machine takes for it: a few at once, then one every three seconds.
    expect(times()).toBeLessThan(8 + (performance.now() - startedAt) / 2_900);
    const before = times();
    writeFileSync(file, 'the last');
    await until(() => times() > before, 10_000);
  }, 60_000);
});

test('a few turns at once, then one every few seconds, and a few again after a while', () => {
  let at = 0;
  const pace = createPace({ turns: 3, everyMs: 1_000 }, () => at);
  expect([pace.next(), pace.next(), pace.next(), pace.next()]).toEqual([0, 0, 0, 1_000]);
  at += 1_000;
  expect(pace.next()).toBe(1_000);
  at += 60_000;
  expect([pace.next(), pace.next(), pace.next(), pace.next()]).toEqual([0, 0, 0, 1_000]);
});

test('what comes together is one re-read; what goes on and on is one every few seconds', async () => {
  const told: ReadonlySet<string>[] = [];
  const collector = createCollector((checks) => told.push(checks));
  stops.push(() => collector.stop());
  collector.touch(['a']);
  collector.touch(['b']);
  await until(() => told.length === 1);
  expect(told[0]).toEqual(new Set(['a', 'b']));
  const end = performance.now() + 3_000;
  while (performance.now() < end) {
    collector.touch(['a']);
    await sleep(5);
  }
  expect(told.length).toBeLessThanOrEqual(8);
  collector.touch('all');
  await until(() => told.at(-1)?.size === 0, 10_000);
});

test('tables of sockets: what listens counts, connections do not', () => {
  const row = (local: string, state: string): string => `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1234 1`;
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
  const quiet = listeningRows([head, row('00000000:0016', '0A'), row('0100007F:AAAA', '01')].join('\n'));
  expect(listeningRows([head, row('00000000:0016', '0A'), row('0100007F:BBBB', '06')].join('\n'))).toBe(quiet);
  expect(listeningRows([head, row('00000000:0016', '0A'), row('00000000:0050', '0A')].join('\n'))).not.toBe(quiet);
});

test('what the kernel says over netlink: rows of ports that listen, or nothing at all, whatever comes', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(() => parseDump(Buffer.from(bytes))).not.toThrow();
    }),
    { numRuns: 500 },
  );
  if (process.platform !== 'linux') return;
  const table = await openListenerTable();
  stops.push(() => table.close());
  const before = table.snapshot('/proc/net/tcp');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  expect(before).not.toContain(`${port} 7f000001`);
  expect(table.snapshot('/proc/net/tcp')).toContain(`${port} 7f000001`);
  server.close();
  await once(server, 'close');
  expect(table.snapshot('/proc/net/tcp')).not.toContain(`${port} 7f000001`);
  expect(table.snapshot('/proc/swaps')).toBeUndefined();
});

test('counts of sockets: whether they moved since the last time; where there are none, always', () => {
  const file = path.join(folder(), 'sockstat');
  writeFileSync(file, 'sockets: used 26\n');
  const counts = openSocketCounts(file);
  stops.push(() => counts.close());
  expect([counts.moved(), counts.moved(), counts.moved()]).toEqual([true, false, false]);
  writeFileSync(file, 'sockets: used 27\n');
  expect([counts.moved(), counts.moved()]).toEqual([true, false]);
  writeFileSync(file, 'sockets: used 27\nTCP: inuse 1\n');
  expect([counts.moved(), counts.moved()]).toEqual([true, false]);
  const none = openSocketCounts(path.join(folder(), 'none'));
  expect([none.moved(), none.moved()]).toEqual([true, true]);
});

(process.platform === 'linux' ? test : test.skip)(
  'a port that is opened is told within two seconds, and one that is closed',
  async () => {
    let times = 0;
    const watching = watchKernelFiles(new Map([['/proc/net/tcp', () => void times++]]));
    stops.push(() => watching.stop());
    await sleep(1_000);
    for (const turn of [1, 2]) {
      const before = times;
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      await until(() => times > before, 2_000);
      const opened = times;
      server.close();
      await until(() => times > opened, 2_000);
      expect(times).toBeGreaterThanOrEqual(2 * turn);
    }
  },
  15_000,
);

test('a computer that slept is one whose clock on the wall went on', async () => {
  let [wall, times] = [0, 0];
  const watching = watchWake(() => times++, { wall: () => wall + performance.now(), monotonic: () => performance.now() }, 20);
  stops.push(() => watching.stop());
  await sleep(100);
  expect(times).toBe(0);
  wall = 8 * 3600_000;
  await until(() => times === 1);
});

test('every watch of every check is of a kind that its system has', () => {
  const kinds = { linux: ['file', 'unit', 'gsettings', 'event'], darwin: ['file', 'event'], win32: ['file', 'registry', 'event'] } as const;
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    for (const { watch } of dependentsOf(CATALOGUE, platform).values()) expect(kinds[platform] as readonly string[]).toContain(watch.kind);
});

describe('signals of the bus', () => {
  const told: string[] = [];
  const target = (name: string) => () => void told.push(name);
  const targets = { units: new Map([['ufw.service', target('ufw')]]), wake: target('wake'), unlock: target('unlock'), network: target('network') };
  const text = (value: string): Buffer => Buffer.concat([Buffer.from(Uint32Array.of(value.length).buffer), Buffer.from(`${value}\0`)]);
  const flag = (value: boolean): Buffer => Buffer.from(Uint32Array.of(value ? 1 : 0).buffer);
  const tell = (signal: Partial<Signal>): string[] => {
    told.length = 0;
    for (const touched of targetsOf({ path: '', interface: '', member: '', body: Buffer.alloc(0), littleEndian: true, ...signal }, targets)) touched();
    return [...told];
  };
  test('each is for what it is about, and the rest for nobody', () => {
    expect(unitPath('ssh@1.service')).toBe('/org/freedesktop/systemd1/unit/ssh_401_2eservice');
    const properties = { interface: 'org.freedesktop.DBus.Properties', member: 'PropertiesChanged' };
    const session = { path: '/org/freedesktop/login1/session/_32', ...properties };
    expect(tell({ path: unitPath('ufw.service'), ...properties })).toEqual(['ufw']);
    expect(tell({ path: unitPath('cron.service'), ...properties })).toEqual([]);
    expect(tell({ interface: 'org.freedesktop.systemd1.Manager', member: 'UnitNew', body: text('ufw.service') })).toEqual(['ufw']);
    expect(tell({ interface: 'org.freedesktop.login1.Manager', member: 'PrepareForSleep', body: flag(true) })).toEqual([]);
    expect(tell({ interface: 'org.freedesktop.login1.Manager', member: 'PrepareForSleep', body: flag(false) })).toEqual(['wake']);
    expect(tell({ ...session, body: Buffer.concat([text('x'), text('LockedHint')]) })).toEqual(['unlock']);
    expect(tell({ ...session, body: Buffer.concat([text('x'), text('IdleHint')]) })).toEqual([]);
    expect(tell({})).toEqual([]);
  });
  test('whatever comes, it is a message, the beginning of one, or refused', () => {
    const call = encodeCall(7, 'a.b', '/a', 'a.b', 'C', ['one', 'two']);
    const broken = fc.array(fc.tuple(fc.nat(call.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const bytes = Buffer.from(call);
      for (const [place, byte] of changes) bytes[place] = byte;
      return bytes;
    });
    expect(decodeMessage(call)).toMatchObject({ message: { kind: 'other' }, end: call.length });
    expect(decodeMessage(call.subarray(0, -1))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.oneof(
          broken,
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        ),
        (bytes) => {
          try {
            const decoded = decodeMessage(bytes);
            if (decoded !== undefined) expect(decoded.end).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describeWith('dbus-daemon', 'a private bus', () => {
  test('a unit that changes, waking and unlocking are heard; the bus may go and come again', async () => {
    const socket = path.join(folder(), 'bus');
    const start = async () => {
      const daemon = spawn(findComponent('dbus-daemon') as string, ['--session', '--nofork', '--nopidfile', `--address=unix:path=${socket}`], {
        stdio: 'ignore',
      });
      const ended = new Promise<void>((resolve) => daemon.once('exit', () => resolve()));
      const stop = async (): Promise<void> => {
        daemon.kill('SIGKILL');
        await ended;
        rmSync(socket, { force: true });
      };
      stops.push(stop);
      await sleep(300);
      return stop;
    };
    const told: string[] = [];
    const target = (name: string) => () => void told.push(name);
    let state: string | null = 'not yet';
    const stopFirst = await start();
    const watching = watchBus(
      { units: new Map([['ufw.service', target('ufw')]]), wake: target('wake'), unlock: target('unlock'), network: target('network') },
      (why) => {
        state = why;
      },
      `unix:path=${socket}`,
    );
    stops.push(() => watching.stop());
    await until(() => state === null);
    const speak = async (object: string, face: string, member: string, signature: string, body: unknown[]): Promise<void> => {
      const speaker = createClient({ busAddress: `unix:path=${socket}`, authMethods: ['EXTERNAL'] });
      await speaker.getId();
      speaker.sendSignal(object, face, member, signature, body);
      await speaker.close();
    };
    const changed = ['org.freedesktop.systemd1.Unit', { ActiveState: ['s', 'inactive'] }, []];
    await speak(unitPath('ufw.service'), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', changed);
    await until(() => told.includes('ufw'));
    await speak(unitPath('cron.service'), 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', changed);
    await speak('/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [false]);
    await until(() => told.includes('wake'));
    await speak('/org/freedesktop/login1/session/_31', 'org.freedesktop.login1.Session', 'Unlock', '', []);
    await until(() => told.includes('unlock'));
    expect(told).toEqual(['ufw', 'wake', 'unlock']);

    await stopFirst();
    await until(() => state !== null);
    await start();
    await until(() => state === null, 10_000);
    await speak('/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager', 'StateChanged', 'u', [70]);
    await until(() => told.includes('network'));
  }, 30_000);
});
