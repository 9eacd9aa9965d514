/**
 * The disk under a running service fills up, or fails: nothing is acknowledged that is not durable, `/readyz` says so, reads and
 * decisions go on; and when there is room again, so does everything else.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '../../src/service/index.ts';
import { stance, temporaryFolder } from '../cli/stance.ts';
import { createServiceProcess, type ServiceProcess } from './service-process.ts';
import { createSimulatedAgent } from './simulated-agent.ts';

const AGENTS = 4;
/** Room that is left when it begins, in bytes. */
const ROOM = 96 * 1024;

interface Disk {
  readonly folder: string;
  /** From now on it takes so little more; and from now on everything. */
  fill(service: ServiceProcess): void;
  free(service: ServiceProcess): void;
  end(): void;
}

/** A small file system of its own, with ballast that can be thrown away. */
function mountDisk(home: string): Disk {
  const folder = path.join(home, 'disk');
  const ballast = path.join(folder, 'ballast');
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
  return {
    folder,
    fill: () => writeFileSync(ballast, Buffer.alloc(statfsSync(folder).bfree * statfsSync(folder).bsize - ROOM)),
    free: () => rmSync(ballast),
    // Detached at once, gone when nobody uses it any more.
    end: () => void execFileSync('umount', ['--lazy', folder]),
  };
}

/** A disk that gives an error: the process may write no file beyond a size, and is told EFBIG, which SQLite takes as it takes EIO. */
function limitWrites(home: string): Disk {
  const limit = (service: ServiceProcess, size: string): void => void execFileSync('prlimit', ['--pid', String(service.pid), `--fsize=${size}:unlimited`]);
  return {
    folder: home,
    fill: (service) => limit(service, String(statSync(path.join(home, 'service.db-wal')).size + ROOM)),
    free: (service) => limit(service, 'unlimited'),
    end: () => {},
  };
}

const linux = process.platform === 'linux';
const cases: readonly [boolean, string, (home: string) => Disk][] = [
  [linux && process.getuid?.() === 0, 'a disk that is full (needs root, to mount one)', mountDisk],
  [linux, 'a disk that fails (needs Linux: prlimit)', limitWrites],
];

for (const [possible, title, makeDisk] of cases) {
  (possible ? describe : describe.skip)(title, () => {
    test('acknowledges nothing that is not there, says so, and goes on as soon as it can', async () => {
      const home = temporaryFolder();
      const disk = makeDisk(home);
      const service = await createServiceProcess(home, path.join(disk.folder, 'service.db'));
      try {
        await service.start();
        const issue = () => service.call<{ token: string; code: string }>('POST', '/v1/enrollment-tokens', { uses: AGENTS, approves: true });
        const { token } = (await issue()).body;
        const agents = Array.from({ length: AGENTS }, () => createSimulatedAgent(service.url, token));
        const turn = () => Promise.all(agents.map((agent) => agent.step()));
        const ready = async () => (await service.call('GET', '/readyz')).status;
        const decide = async () => {
          const context = { device: { id: agents[0]?.device } };
          const ask = { subject: { type: 'user', id: 'ada' }, action: { name: 'open' }, resource: { type: 'app', id: 'wiki' }, context };
          return (await service.call('POST', '/access/v1/evaluation', ask)).status;
        };
        for (let turns = 0; turns < 3; turns++) await turn();
        expect([await turn(), await ready()]).toEqual([agents.map(() => 'accepted'), 200]);

        disk.fill(service);
        let steps: readonly string[] = [];
        while (!steps.includes('store-unavailable')) steps = await turn();
        // From the first refusal on, whatever little there may be room for still.
        const said = [];
        for (let tries = 0; tries < 10; tries++) {
          const devices = await service.call('GET', '/v1/devices');
          const history = await service.call('GET', `/v1/devices/${agents[0]?.device}/history`);
          said.push({ ready: await ready(), devices: devices.status, history: history.status, decision: await decide() });
          // Small enough that it may find room; where it does not, that is no failure of the service.
          expect([201, 503]).toContain((await issue()).status);
          await turn();
        }
        expect(said).toEqual(said.map(() => ({ ready: 503, devices: 200, history: 200, decision: 200 })));
        expect(await turn()).toContain('store-unavailable');
        const before = agents.map(({ acknowledged }) => acknowledged.length);

        disk.free(service);
        // An answer of the store holds for a second.
        await sleep(1_100);
        expect(await ready()).toBe(200);
        for (let turns = 0; turns < 3; turns++) expect(await turn()).toEqual(agents.map(() => 'accepted'));
        expect(agents.map(({ acknowledged }) => acknowledged.length)).toEqual(before.map((count) => count + 3));

        await service.kill();
        const audit = await stance(['audit', 'verify', '--json', '--store', service.store, '--state', service.state], home);
        expect({ code: audit.code, valid: JSON.parse(audit.stdout).valid }).toEqual({ code: 0, valid: true });
        const store = openStore(service.store);
        for (const { device, acknowledged } of agents)
          expect([...store.audit(device)].map((item) => 'evidence' in item && item.evidence.hash)).toEqual([...acknowledged]);
        store.close();
      } finally {
        await service.kill();
        disk.end();
        rmSync(home, { recursive: true, force: true });
      }
    }, 120_000);
  });
}
