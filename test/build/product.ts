/** Runs a built Stance as a person does: its own process, its own folders, nothing of the repository in reach. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Finished } from '../cli/stance.ts';

export interface Product {
  readonly program: string;
  readonly args: readonly string[];
}

export function launch(product: Product, args: readonly string[], home: string, environment: Readonly<Record<string, string>> = {}) {
  return spawn(product.program, [...product.args, ...args], {
    cwd: home,
    env: { PATH: '/usr/bin:/bin', HOME: home, NO_COLOR: '1', STANCE_SOCKET: path.join(home, 'run/agent.sock'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function run(product: Product, args: readonly string[], home: string, environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const child = launch(product, args, home, environment);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A service of the product on a free port, while `work` runs. */
export async function withService(product: Product, home: string, work: (server: string) => Promise<void>, adminToken: string): Promise<void> {
  const args = ['serve', '--listen', '127.0.0.1:0', '--store', 'sqlite:service.db'];
  const service = launch(product, args, home, { STANCE_ADMIN_TOKEN: adminToken });
  const ended = new Promise<number | null>((resolve) => service.once('exit', resolve));
  try {
    const server = await new Promise<string>((resolve, reject) => {
      let said = '';
      const listen = (chunk: Buffer): void => {
        said += chunk;
        const url = /Posture service on (http:\/\/\S+)/.exec(said)?.[1];
        if (url !== undefined) resolve(url);
      };
      service.stdout.on('data', listen);
      service.stderr.on('data', listen);
      service.once('exit', () => reject(new Error(said)));
    });
    await work(server);
  } finally {
    service.kill('SIGTERM');
  }
  const code = await ended;
  if (code !== 0) throw new Error(`The service ended with ${code}.`);
}
