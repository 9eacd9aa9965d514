/**
 * How long it takes until a change on the device has changed the decision: agent, service and whoever asks, each a process of its own,
 * over loopback. A file that is watched, and a port that is opened (no notification tells of that). Linux only; ports below 1024 want root.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../build/bundle.mjs';
import type { Measurement } from './main.ts';

const MAX_MS = 2_000;
const ROUNDS = 20;
const TOKEN = 'a-token-for-the-length-of-one-measurement';
const ROOT = process.getuid?.() === 0;
/** Where root measures, the agent is an ordinary user all the same: root's own settings say nothing of who sits there. */
const NOBODY = 65_534;
const BASELINE = `kind: baseline\nid: bench\nplatforms: [linux]\nchecks:\n  screen.lock: {}\n${ROOT ? '  remote.ssh: {}\n' : ''}`;
const POLICY = 'kind: access-policy\nid: bench\nstate: enforced\nwhen: {}\ngrant: { require: [compliant-device] }\n';

const quantile = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

export async function run(): Promise<readonly Measurement[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'stance-change-'));
  const children: ChildProcess[] = [];
  const environment = {
    ...{ PATH: '/usr/bin:/bin', HOME: folder, STANCE_ADMIN_TOKEN: TOKEN },
    ...{ XDG_CURRENT_DESKTOP: 'KDE', XDG_SESSION_TYPE: 'wayland', STANCE_STATE: path.join(folder, 'agent') },
  };
  const settings = path.join(folder, '.config/kscreenlockerrc');
  const lock = (on: boolean): void => writeFileSync(settings, `[Daemon]\nAutolock=${on}\nTimeout=5\n`);
  const whose = ROOT ? { uid: NOBODY, gid: NOBODY } : {};
  let port: Server | undefined;
  try {
    await bundle({ outdir: folder, only: ['headless'] });
    for (const inner of ['.config', 'policies', 'agent']) mkdirSync(path.join(folder, inner));
    chmodSync(folder, 0o755);
    if (ROOT) for (const inner of ['', '.config', 'agent']) chownSync(path.join(folder, inner), NOBODY, NOBODY);
    writeFileSync(path.join(folder, 'policies/baseline.yaml'), BASELINE);
    writeFileSync(path.join(folder, 'policies/access.yaml'), POLICY);
    lock(true);
    const stance = path.join(folder, 'headless/stance.cjs');
    const start = (args: readonly string[]): ChildProcess => {
      const child = spawn(process.execPath, [stance, ...args], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'ignore'], ...whose });
      children.push(child);
      return child;
    };
    const once = (...args: string[]): string =>
      execFileSync(process.execPath, [stance, ...args], { cwd: folder, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], ...whose });
    const service = start(['serve', '--listen', '127.0.0.1:0', '--store', 'memory:', '--policies', 'policies', '--state', 'agent/service']);
    const server = await new Promise<string>((resolve, reject) => {
      service.stdout?.on('data', (chunk) => resolve(/http:\/\/\S+/.exec(String(chunk))?.[0] ?? ''));
      service.once('exit', () => reject(new Error('The service ended.')));
    });
    const { token } = JSON.parse(once('token', 'enrollment', '--approve', '--json', '--server', server));
    const { device } = JSON.parse(once('enroll', '--enrollment-token', token, '--server', server, '--json'));
    start(['agent', '--json']);
    const body = JSON.stringify({
      subject: { type: 'user', id: 'a' },
      action: { name: 'open' },
      resource: { type: 'app', id: 'b' },
      context: { device: { id: device } },
    });
    const allowed = async (): Promise<boolean> => {
      const answer = await fetch(`${server}/access/v1/evaluation`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      });
      return ((await answer.json()) as { decision: boolean }).decision;
    };
    const untilAllowed = async (wanted: boolean): Promise<number> => {
      const startedAt = performance.now();
      while ((await allowed()) !== wanted) {
        if (performance.now() - startedAt > 20_000) throw new Error(`The decision did not become ${wanted}.`);
        await sleep(10);
      }
      return performance.now() - startedAt;
    };
    /** Changes something to and fro; how long each change took to change the decision. Apart, as changes by hand are. */
    async function measure(change: (well: boolean) => Promise<void>): Promise<number[]> {
      const took: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const well = round % 2 === 1;
        await change(well);
        took.push(await untilAllowed(well));
        await sleep(1_000 + 2_000 * Math.random());
      }
      return took;
    }
    await untilAllowed(true);
    await sleep(3_000);
    const results: [string, number[]][] = [['a file that is watched', await measure(async (well) => lock(well))]];
    if (ROOT) {
      const open = async (well: boolean): Promise<void> => {
        if (well) await new Promise((resolve) => port?.close(resolve));
        else {
          port = createServer();
          await new Promise<void>((resolve, reject) => port?.once('error', reject).listen(22, '0.0.0.0', resolve));
        }
      };
      results.push(['a port that is opened and closed', await measure(open)]);
    }
    return results.map(([name, took]) => {
      const p95 = quantile(took, 0.95);
      return {
        ...{ name: `change: ${name} → the decision, 95 of 100`, ours: p95, yardstick: MAX_MS, unit: 'ms (the yardstick is the bound)', ratio: p95 / MAX_MS },
        ...{ must: `<= ${MAX_MS} ms`, held: p95 <= MAX_MS, notes: `${ROUNDS} changes, median ${Math.round(quantile(took, 0.5))} ms` },
      };
    });
  } finally {
    port?.close();
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
