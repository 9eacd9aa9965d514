/** What `kill -9` cannot show, because the kernel keeps what a dead process wrote: that the disk has been asked to keep evidence before it is acknowledged, and what happens when it says no. Seen in the service's system calls. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { openStore } from '../../src/service/index.ts';
import { root, stance, temporaryFolder } from '../cli/stance.ts';
import { describeWith } from '../component.ts';
import { findComponent } from '../find-component.ts';
import { ADMIN } from './service-process.ts';
import { createSimulatedAgent, type SimulatedAgent } from './simulated-agent.ts';

const AGENTS = 6;
const REPORTS = 5;

interface Watched {
  readonly store: string;
  readonly home: string;
  readonly agents: readonly SimulatedAgent[];
}

/** A service under strace, agents that have joined it, and what is done with them; then its end, and what it left. The lines of the trace. */
async function watch(
  options: readonly string[],
  work: (agents: readonly SimulatedAgent[]) => Promise<void>,
  look: (watched: Watched) => Promise<void> = async () => {},
): Promise<string[]> {
  const home = temporaryFolder();
  const trace = path.join(home, 'trace');
  const store = `sqlite:${path.join(home, 'service.db')}`;
  const serve = [path.join(root, 'src/cli/main.ts'), 'serve', '--listen', '127.0.0.1:0', '--store', store, '--state', home];
  const service = spawn(findComponent('strace') ?? '', [...options, '-o', trace, process.execPath, '--disable-warning=ExperimentalWarning', ...serve], {
    env: { ...process.env, STANCE_ADMIN_TOKEN: ADMIN },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let agents: readonly SimulatedAgent[] = [];
  const ended = new Promise((resolve) => service.once('exit', resolve));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      service.stdout.on('data', (chunk) => resolve(/http:\S+/.exec(String(chunk))?.[0] ?? ''));
      service.once('exit', () => reject(new Error('The service ended.')));
    });
    const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
    const issued = await fetch(`${url}/v1/enrollment-tokens`, { method: 'POST', headers, body: JSON.stringify({ uses: AGENTS, approves: true }) });
    const { token } = (await issued.json()) as { token: string };
    agents = Array.from({ length: AGENTS }, () => createSimulatedAgent(url, token));
    await work(agents);
  } finally {
    // strace itself takes no signals, and ends with what it watches: each line begins with the id of the process.
    process.kill(Number.parseInt(readFileSync(trace, 'utf8'), 10), 'SIGKILL');
    await ended;
  }
  const lines = readFileSync(trace, 'utf8').split('\n');
  await look({ store, home, agents });
  rmSync(home, { recursive: true, force: true });
  return lines;
}

describeWith('strace', 'every acknowledged evidence', () => {
  test('was flushed to the disk before the answer was written', async () => {
    const calls = ['-f', '-y', '-s', '1000', '-e', 'trace=pwrite64,write,writev,fdatasync,fsync'];
    const lines = await watch(calls, async (agents) => {
      for (let turn = 0; turn <= REPORTS; turn++) await Promise.all(agents.map((agent) => agent.step()));
    });
    let [written, flushed] = [0, 0];
    /** By thread: how much was written when the flush began that it waits for. */
    const flushing = new Map<string, number>();
    const acknowledged: boolean[] = [];
    for (const line of lines) {
      const [thread = ''] = line.split(' ');
      if (/ p?write(64|v)?\(\d+<[^>]*service\.db(-wal)?>/.test(line)) written++;
      else if (/ writev?\(/.test(line) && line.includes('\\"result\\":\\"accepted\\"')) acknowledged.push(flushed === written);
      if (/ f(data)?sync\(\d+<[^>]*service\.db(-wal)?>/.test(line)) flushing.set(thread, written);
      if (/ (f(data)?sync\(|<\.\.\. f(data)?sync resumed>).*\) += 0/.test(line)) flushed = Math.max(flushed, flushing.get(thread) ?? 0);
    }
    expect(acknowledged).toEqual(Array.from({ length: AGENTS * REPORTS }, () => true));
  }, 120_000);

  for (const [disk, calls, when, refuses] of [
    ['could not flush the log, but take it into the database', 'fdatasync', '2..9', false],
    ['could flush nothing for a while', 'fdatasync,fsync', '24..50', true],
  ] as const)
    test(`is there, though the disk ${disk}`, async () => {
      const counts: Record<string, number> = {};
      const failing = ['-f', '-e', 'trace=execve,fdatasync,fsync', '-e', `inject=${calls}:error=EIO:when=${when}`];
      const work = async (agents: readonly SimulatedAgent[]): Promise<void> => {
        const done = (): boolean => refuses === (counts['store-unavailable'] ?? 0) > 0 && agents.every(({ acknowledged }) => acknowledged.length > 2 * REPORTS);
        // What the last turn refused for want of the disk may be there all the same: it is asked about again.
        let refused = false;
        for (let turn = 0; turn < 300 && (refused || !done()); turn++) {
          const steps = await Promise.all(agents.map((agent) => agent.step()));
          for (const step of steps) counts[step] = (counts[step] ?? 0) + 1;
          refused = steps.includes('store-unavailable');
        }
        expect(done()).toBe(true);
      };
      const lines = await watch(failing, work, async ({ store, home, agents }) => {
        const audit = await stance(['audit', 'verify', '--json', '--store', store, '--state', home], home);
        expect({ code: audit.code, valid: JSON.parse(audit.stdout).valid }).toEqual({ code: 0, valid: true });
        const left = openStore(store);
        for (const { device, acknowledged } of agents)
          expect([...left.audit(device)].map((item) => 'evidence' in item && item.evidence.hash)).toEqual([...acknowledged]);
        left.close();
      });
      expect(lines.some((line) => line.includes('EIO') && line.includes('INJECTED'))).toBe(true);
    }, 120_000);
});
