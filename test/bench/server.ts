/** Servers under load, each in its own process on core 0, so that the load on core 1 does not slow them. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SERVER_CORE = '0';
const LOAD_CORE = '1';
const pinning = spawnSync('taskset', ['--version']).status === 0;

/** Puts the calling process on the core of the load. */
export function pinLoad(): void {
  if (pinning) spawnSync('taskset', ['-a', '-p', '-c', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
}

export interface BenchServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Forks a module that sends `{port}` when it listens, and hands it `data`. */
export async function startServer(module: string, data: unknown): Promise<BenchServer> {
  const file = fileURLToPath(new URL(module, import.meta.url));
  const child: ChildProcess = fork(file, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  if (pinning) spawnSync('taskset', ['-a', '-p', '-c', SERVER_CORE, String(child.pid)], { stdio: 'ignore' });
  child.send(data as object);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${module} ended with ${code}`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    port,
    stop() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

/** In the forked process: what `startServer` handed over. */
export const received = <T>(): Promise<T> => new Promise((resolve) => process.once('message', (data) => resolve(data as T)));
export const listening = (port: number): void => void process.send?.({ port });
