/**
 * The headless agent, bundled, when it has nothing to do, at its own report interval and with all watches on (D-Bus: a private bus, where
 * there is a dbus-daemon): memory against a bare Node beside it, and its share of a core, from `/proc`. Linux only.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../build/bundle.mjs';
import { findComponent } from '../find-component.ts';
import { median } from './load.ts';
import type { Measurement } from './main.ts';

const MAX_MB = 70;
/** 0.1 % of a core. */
const MAX_SHARE = 0.001;
/** The first reports, with what is read in the background after them. */
const SETTLE_MS = 12_000;
/** Two reports fall into ten minutes. */
const IDLE_MS = Number(process.env.STANCE_BENCH_IDLE_SECONDS ?? 20) * 1000;
const SAMPLE_MS = 1_000;

const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time so far, s (proc_pid_stat(5): fields 14 and 15; the name in field 2 may hold blanks). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A bus of our own in the place of the system's, which a container has not. */
async function startBus(folder: string, children: ChildProcess[]): Promise<Readonly<Record<string, string>>> {
  const program = findComponent('dbus-daemon');
  if (program === undefined) return {};
  const address = `unix:path=${path.join(folder, 'bus')}`;
  const daemon = spawn(program, ['--session', '--nofork', '--nopidfile', '--print-address', `--address=${address}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(daemon);
  await once(daemon.stdout, 'data');
  return { DBUS_SYSTEM_BUS_ADDRESS: address };
}

export async function run(): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-idle-'));
  const children: ChildProcess[] = [];
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    STANCE_ADMIN_TOKEN: 'a-token-for-the-length-of-one-measurement',
    STANCE_SOCKET: path.join(folder, 'run/agent.sock'),
  };
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = environment): ChildProcess & { readonly pid: number } => {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    return child as ChildProcess & { readonly pid: number };
  };
  try {
    await bundle({ outdir: folder, only: ['headless'] });
    const stance = path.join(folder, 'headless/stance.cjs');
    const command = (...args: string[]): string =>
      execFileSync(process.execPath, [stance, ...args], { cwd: folder, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const service = start([stance, 'serve', '--listen', '127.0.0.1:0', '--store', 'memory:']);
    const server = await new Promise<string>((resolve, reject) => {
      service.stdout?.on('data', (chunk) => resolve(/http:\/\/\S+/.exec(String(chunk))?.[0] ?? ''));
      service.once('exit', () => reject(new Error('The service ended.')));
    });
    const { token } = JSON.parse(command('token', 'enrollment', '--approve', '--json', '--server', server));
    command('enroll', '--enrollment-token', token, '--server', server, '--state', 'agent');
    const bus = await startBus(folder, children);
    const agent = start([stance, 'agent', '--state', 'agent', '--json'], { ...environment, ...bus });
    let reports = 0;
    agent.stdout?.on('data', () => void reports++);
    const bare = start(['-e', 'setInterval(() => {}, 1e9)']);
    await sleep(SETTLE_MS);
    const before = cpuSeconds(agent.pid);
    const startedAt = performance.now();
    const sizes: number[] = [];
    while (performance.now() - startedAt < IDLE_MS) {
      await sleep(SAMPLE_MS);
      sizes.push(rssMb(agent.pid));
    }
    const share = (cpuSeconds(agent.pid) - before) / ((performance.now() - startedAt) / 1000);
    if (reports === 0) throw new Error('The agent said nothing: it is not what is to be measured.');
    const [mine, yardstick] = [median(sizes), rssMb(bare.pid)];
    return [
      {
        name: 'idle: memory of the bundled agent (RSS) against bare Node',
        ours: mine,
        yardstick,
        unit: 'MB',
        ratio: mine / yardstick,
        must: `<= ${MAX_MB} MB`,
        held: mine <= MAX_MB,
        notes: `median over ${IDLE_MS / 1000} s, largest ${Math.max(...sizes).toFixed(1)} MB; D-Bus ${'DBUS_SYSTEM_BUS_ADDRESS' in bus ? 'on a private bus' : 'not there'}`,
      },
      {
        name: 'idle: share of a core',
        ours: share * 100,
        yardstick: MAX_SHARE * 100,
        unit: '% (the yardstick is the bound)',
        ratio: share / MAX_SHARE,
        must: `<= ${MAX_SHARE * 100} %`,
        held: share <= MAX_SHARE,
        notes: `over ${IDLE_MS / 1000} s, ${SETTLE_MS / 1000} s after its start; the clock ticks every ${1000 / TICKS_PER_SECOND} ms`,
      },
    ];
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
