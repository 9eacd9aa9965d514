/** A load that costs little: raw HTTP/1.1 over kept-alive sockets, bodies prepared before. */
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

const CONNECTIONS = 64;

/** Whole requests, head and body, one list for each connection: what is in one list is sent one after the other. */
export type Lanes = readonly (readonly Buffer[])[];

/** Deals requests to lanes; those with the same key come to the same lane, in their order. */
export function dealInLanes(requests: readonly { readonly key: number; readonly bytes: Buffer }[]): Lanes {
  const lanes = Array.from({ length: CONNECTIONS }, (): Buffer[] => []);
  for (const { key, bytes } of requests) lanes[key % CONNECTIONS]?.push(bytes);
  return lanes;
}

export const buildRequest = (path: string, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Buffer =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  );

/** Answers a second; each request is sent once. `onAnswer` is told how long each took, ms. @throws when an answer is not 200. */
export async function drive(port: number, lanes: Lanes, onAnswer?: (ms: number) => void): Promise<number> {
  let answered = 0;
  const startedAt = performance.now();
  // The load never sleeps: waking a sleeping core would be paid for by the server that answers, and by a slower one more often.
  let driving = true;
  const stayAwake = (): void => void (driving && setImmediate(stayAwake));
  stayAwake();
  const one = (requests: readonly Buffer[]): Promise<void> =>
    new Promise((resolve, reject) => {
      let next = 0;
      const socket: Socket = connect(port, '127.0.0.1');
      let buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = (): void => {
        const request = requests[next++];
        sentAt = performance.now();
        if (request === undefined) socket.end();
        else socket.write(request);
      };
      socket.setNoDelay(true);
      socket.on('connect', send);
      socket.on('data', (chunk) => {
        buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
        const headEnd = buffer.indexOf('\r\n\r\n');
        if (headEnd < 0) return;
        const head = buffer.toString('latin1', 0, headEnd);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (buffer.length < headEnd + 4 + length) return;
        if (!head.startsWith('HTTP/1.1 200')) {
          socket.destroy();
          reject(new Error(`answered: ${buffer.toString('utf8').slice(0, 400)}`));
          return;
        }
        buffer = Buffer.alloc(0);
        answered++;
        onAnswer?.(performance.now() - sentAt);
        send();
      });
      socket.on('close', () => resolve());
      socket.on('error', reject);
    });
  await Promise.all(lanes.map(one)).finally(() => {
    driving = false;
  });
  return (answered / (performance.now() - startedAt)) * 1000;
}

export interface Speeds {
  /** Answers a second, the medians of all rounds. */
  readonly ours: number;
  readonly yardstick: number;
  /** The median of what each round gives: what else the machine does meanwhile slows both sides of a round. */
  readonly ratio: number;
}

/** Drives two servers in turn, in many short rounds; the first rounds are a warm-up, since a service runs for months. */
export async function compare(rounds: number, warmUp: number, yardstick: number, ours: number, lanesOf: () => Promise<Lanes> | Lanes): Promise<Speeds> {
  const measured: { readonly ours: number; readonly yardstick: number }[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const lanes = await lanesOf();
    const theirs = await drive(yardstick, lanes);
    const mine = await drive(ours, lanes);
    if (round >= 0) measured.push({ ours: mine, yardstick: theirs });
  }
  return {
    ours: median(measured.map((round) => round.ours)),
    yardstick: median(measured.map((round) => round.yardstick)),
    ratio: median(measured.map((round) => round.ours / round.yardstick)),
  };
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
