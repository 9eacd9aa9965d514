/** The headless agent, bundled, when it has nothing to do: memory against a bare Node beside it, and its share of a core. Linux only. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../build/bundle.mjs';
import type { Measurement } from './main.ts';

const MAX_MB = 70;
/** 0.1 % of a core. */
const MAX_SHARE = 0.001;
/** The first reports, with what is read in the background after them. */
const SETTLE_MS = 12_000;
const IDLE_MS = 20_000;
const INTERVAL_MS = 3_600_000;

const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time so far, s (proc_pid_stat(5): fields 14 and 15; the name in field 2 may hold blanks). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
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
    const once = (...args: string[]): string =>
      execFileSync(process.execPath, [stance, ...args], { cwd: folder, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const service = start([stance, 'serve', '--listen', '127.0.0.1:0', '--store', 'memory:']);
    const server = await new Promise<string>((resolve, reject) => {
      service.stdout?.on('data', (chunk) => resolve(/http:\/\/\S+/.exec(String(chunk))?.[0] ?? ''));
      service.once('exit', () => reject(new Error('The service ended.')));
    });
    const { token } = JSON.parse(once('token', 'enrollment', '--json', '--server', server));
    once('enroll', '--enrollment-token', token, '--server', server, '--state', 'agent');
    const agent = start([stance, 'agent', '--state', 'agent', '--interval', String(INTERVAL_MS), '--json']);
    let reports = 0;
    agent.stdout?.on('data', () => void reports++);
    const bare = start(['-e', 'setInterval(() => {}, 1e9)']);
    await sleep(SETTLE_MS);
    const before = cpuSeconds(agent.pid);
    await sleep(IDLE_MS);
    const share = (cpuSeconds(agent.pid) - before) / (IDLE_MS / 1000);
    if (reports === 0) throw new Error('The agent said nothing: it is not what is to be measured.');
    const [mine, yardstick] = [rssMb(agent.pid), rssMb(bare.pid)];
    return [
      {
        name: 'idle: memory of the bundled agent (RSS) against bare Node',
        ours: mine,
        yardstick,
        unit: 'MB',
        ratio: mine / yardstick,
        must: `<= ${MAX_MB} MB`,
        held: mine <= MAX_MB,
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
