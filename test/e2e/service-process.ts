/** `stance serve` as its own process, on a real file and a real socket, that can be killed and started again on what it left. */
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stance, start } from '../cli/stance.ts';

export const ADMIN = 'an-administrators-secret-token-1234';
const CLOCK = pathToFileURL(path.join(import.meta.dirname, 'shift-clock.ts')).href;

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface ServiceProcess {
  readonly url: string;
  /** `sqlite:PATH`, and the folder of its keys. */
  readonly store: string;
  readonly state: string;
  /** Starts it, with its clock ahead by so much; fulfils once it listens, or has ended. */
  start(clockMs?: number): Promise<void>;
  /** `kill -9`; fulfils when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  readonly pid: number | undefined;
  /** A call with the administrator's token. */
  call<T>(method: 'GET' | 'POST', route: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }>;
  /** A command of the administrator. */
  administer(...args: string[]): ReturnType<typeof stance>;
  /** What it has logged. */
  log(): string;
}

/** `home`: where keys and, unless `file` says otherwise, the database stand. */
export async function createServiceProcess(home: string, file = path.join(home, 'service.db')): Promise<ServiceProcess> {
  const port = await findPort();
  const url = `http://127.0.0.1:${port}`;
  const [store, state] = [`sqlite:${file}`, path.join(home, 'service')];
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  let log = '';

  function end(signal: NodeJS.Signals): Promise<number | null> {
    child?.kill(signal);
    return ended;
  }
  return {
    ...{ url, store, state },
    start(clockMs = 0) {
      const environment = { STANCE_ADMIN_TOKEN: ADMIN, STANCE_TEST_CLOCK_MS: String(clockMs), NODE_OPTIONS: `--import=${CLOCK}` };
      const started = start(['serve', '--listen', `127.0.0.1:${port}`, '--store', store, '--state', state], home, environment);
      child = started;
      ended = new Promise((resolve) => started.once('exit', resolve));
      started.stderr.on('data', (chunk) => (log += chunk));
      return new Promise((resolve) => {
        started.stdout.on('data', (chunk) => String(chunk).includes('Posture service on') && resolve());
        started.once('exit', () => resolve());
      });
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    get pid() {
      return child?.pid;
    },
    async call(method, route, body) {
      const headers = { authorization: `Bearer ${ADMIN}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const answer = await fetch(new URL(route, url), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      return { status: answer.status, body: (await answer.json()) as never };
    },
    administer: (...args) => stance(args, home, { STANCE_ADMIN_TOKEN: ADMIN, STANCE_SERVER: url }),
    log: () => log,
  };
}
