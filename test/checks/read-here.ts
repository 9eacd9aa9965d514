/**
 * Reads checks on the machine it runs on, as JSON on standard output; started by tests inside a network namespace of its own.
 * A container is taken for the machine that it could be: only what tells one from the other is answered otherwise.
 */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { checkById } from '../../src/checks/index.ts';
import { defaultParams, judgeReading, readChecks } from '../../src/checks/run.ts';
import { createRealHost } from '../../src/host/index.ts';
import { DoorError, type Host } from '../../src/model/index.ts';

export interface Wish {
  readonly checks: readonly string[];
  /** Sockets to open before reading: `tcp 0.0.0.0 22`. */
  readonly listen?: readonly string[];
  /** Addresses at which the other namespace tries to reach port 4711 of this one. */
  readonly reach?: readonly string[];
}
export interface Seen {
  readonly readings: Readonly<Record<string, { status: string; reason?: string; verdict: string; because?: string; value?: unknown; method?: string }>>;
  readonly reached: readonly boolean[];
  readonly processes: number;
}

const PROBED_PORT = 4711;
/** What an empty container answers and a machine does not. */
const ANSWERS: Readonly<Record<string, string>> = { '/proc/1/cgroup': '0::/init.scope\n', '/proc/1/environ': '' };
const ABSENT = ['/.dockerenv', '/run/.containerenv', '/run/systemd/container'];

async function open(socket: string): Promise<{ close(): unknown }> {
  const [kind, address, port] = socket.split(' ');
  if (kind === 'udp') {
    const server = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
    server.bind(Number(port), address);
    await once(server, 'listening');
    return server;
  }
  const server = createServer((connection) => connection.destroy());
  server.listen(Number(port), address);
  await once(server, 'listening');
  return server;
}

/** Whether a connection from the other namespace is taken; one that is dropped stays without an answer. */
const reaches = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const connect = `echo > /dev/tcp/${address}/${PROBED_PORT}`;
    execFile('ip', ['netns', 'exec', 'peer', 'timeout', '0.5', 'bash', '-c', connect], (error) => resolve(error === null));
  });

const wish = JSON.parse(process.argv[2] ?? '{}') as Wish;
let processes = 0;
const machine = createRealHost({ onRun: () => processes++ });
const absent = async (path: string): Promise<never> => {
  throw new DoorError('ENOENT', path);
};
const host: Host = {
  ...machine,
  env: {},
  read: async (path) => (ABSENT.includes(path) ? absent(path) : (ANSWERS[path] ?? machine.read(path))),
  stat: async (path) => (ABSENT.includes(path) ? absent(path) : machine.stat(path)),
};
const sockets = await Promise.all([...(wish.listen ?? []), ...(wish.reach === undefined ? [] : [`tcp :: ${PROBED_PORT}`])].map(open));
const checks = wish.checks.map((id) => checkById(id)).filter((check) => check !== undefined);
const readings = await readChecks(checks, host);
const seen: Seen = {
  readings: Object.fromEntries(
    readings.map((reading, index) => {
      const check = checks[index];
      if (check === undefined) throw new Error('a reading without a check');
      return [reading.check, { ...reading, ...judgeReading(check, reading, defaultParams(check), host.now()) }];
    }),
  ),
  reached: await Promise.all((wish.reach ?? []).map(reaches)),
  processes,
};
process.stdout.write(JSON.stringify(seen));
for (const socket of sockets) socket.close();
