/**
 * The system agent's end of the local socket: who connects is told by the kernel, and what comes is bounded in size, rate and time.
 * Whoever breaks a bound is told so once and let go; the others notice nothing.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { Value } from 'typebox/value';
import { type Peer, peerOf } from '../../host/index.ts';
import {
  type ErrorCode,
  LOCAL_CALLS,
  LOCAL_VERSION,
  type LocalArgs,
  type LocalCall,
  type LocalMessage,
  type LocalResult,
  MAX_LOCAL_BYTES,
  StanceError,
} from '../../model/index.ts';
import { type Bucket, createBucket } from './bucket.ts';
import { createLineReader, readRequest } from './lines.ts';
import { takePlace } from './place.ts';

/** A person has a tray, a command line, and another of each that is just ending. */
const MOST_CONNECTIONS = { ofOne: 8, ofAll: 64, atDoor: 128 } as const;
const CONNECTING = { burst: 30, perSecond: 1 } as const;
const ASKING = { burst: 30, perSecond: 5 } as const;
/** How long and how much a peer that is let go is still listened to. */
const LINGER = { ms: 250, bytes: 1024 * 1024 } as const;
/** Bytes that wait for a peer that does not read. */
const MOST_UNREAD_BYTES = 4 * MAX_LOCAL_BYTES;
/** Users whose rate is remembered; beyond it all begin anew. */
const MOST_REMEMBERED = 1024;

export interface Patience {
  /** Until the first request, ms. */
  readonly hello: number;
  /** From the first byte of a line to its end, ms. */
  readonly line: number;
  /** Without a request, ms: session processes hand over more often than that. */
  readonly silence: number;
}
const PATIENCE: Patience = { hello: 5_000, line: 5_000, silence: 15 * 60_000 };

/** Whoever is connected: one object for each connection. */
export interface Caller {
  readonly uid: number;
  /** Each change of the state, from now on. */
  watch(): void;
}

export type LocalHandlers = { readonly [C in LocalCall]: (args: LocalArgs<C>, caller: Caller) => LocalResult<C> | Promise<LocalResult<C>> };

export interface LocalServerOptions {
  readonly file: string;
  /** Why this user is not spoken to; undefined where it is. */
  readonly refuses: (uid: number) => Promise<string | undefined>;
  readonly handlers: LocalHandlers;
  readonly onGone?: (caller: Caller) => void;
  readonly patience?: Patience;
  /** For tests: who is at the other end. */
  readonly askPeer?: (socket: Socket) => Promise<Peer>;
}

export interface LocalServer {
  /** Tells all who watch. */
  tell(state: unknown): void;
  stop(): Promise<void>;
}

const encode = (message: LocalMessage): string => `${JSON.stringify(message)}\n`;
const refusal = (id: number | null, code: ErrorCode, message: string): string => encode({ v: LOCAL_VERSION, id, ok: false, code, message });

/** @throws StanceError `agent-running`, `state-unwritable`, `socket-untrusted` */
export async function serveLocally(options: LocalServerOptions): Promise<LocalServer> {
  const { file, refuses, handlers, onGone, patience = PATIENCE, askPeer = peerOf } = options;
  const release = takePlace(file);
  const open = new Set<Socket>();
  const leaving = new Set<Socket>();
  const watching = new Set<Socket>();
  const present = new Map<number, number>();
  const rates = new Map<number, Bucket>();

  function rateOf(uid: number): Bucket {
    if (rates.size >= MOST_REMEMBERED) rates.clear();
    const bucket = rates.get(uid) ?? createBucket(CONNECTING);
    rates.set(uid, bucket);
    return bucket;
  }
  function count(uid: number, change: 1 | -1): void {
    const many = (present.get(uid) ?? 0) + change;
    if (many > 0) present.set(uid, many);
    else present.delete(uid);
  }
  function send(socket: Socket, text: string): void {
    if (socket.destroyed) return;
    if (socket.writableLength + text.length > MOST_UNREAD_BYTES) socket.destroy();
    else socket.write(text);
  }
  /** The last word. What the peer still says is read and thrown away, for a moment: a peer that meets a closed end misses why. */
  function dismiss(socket: Socket, code: ErrorCode, message: string, id: number | null = null): void {
    if (socket.destroyed || !open.delete(socket)) return;
    let rest = LINGER.bytes;
    socket.removeAllListeners('data').on('data', (chunk) => {
      rest -= chunk.length;
      if (rest < 0) socket.destroy();
    });
    const late = setTimeout(() => socket.destroy(), LINGER.ms);
    leaving.add(socket);
    socket.once('close', () => {
      clearTimeout(late);
      leaving.delete(socket);
    });
    socket.end(refusal(id, code, message));
    socket.resume();
  }

  async function answer(socket: Socket, caller: Caller, id: number, call: LocalCall, given: unknown): Promise<void> {
    if (!Value.Check(LOCAL_CALLS[call].args, given)) return send(socket, refusal(id, 'bad-request', `Not the arguments that ${call} takes.`));
    try {
      const handle = handlers[call] as (given: unknown, caller: Caller) => unknown;
      const text = encode({ v: LOCAL_VERSION, id, ok: true, value: await handle(given, caller) });
      if (Buffer.byteLength(text) > MAX_LOCAL_BYTES) throw new StanceError('internal', 'The answer is larger than a message may be.');
      send(socket, text);
    } catch (error) {
      if (!(error instanceof StanceError)) process.emitWarning(error instanceof Error ? (error.stack ?? error.message) : String(error));
      const { code, message } =
        error instanceof StanceError ? error : new StanceError('internal', 'Something went wrong in the system agent. Its log says what.');
      send(socket, refusal(id, code, message));
    }
  }

  function listen(socket: Socket, caller: Caller): void {
    const rate = createBucket(ASKING);
    const due = setTimeout(() => dismiss(socket, 'bad-request', 'Nothing was asked in time.'), patience.hello);
    let half: NodeJS.Timeout | undefined;
    socket.setTimeout(patience.silence, () => dismiss(socket, 'bad-request', 'Nothing was asked for long.'));
    const reader = createLineReader((line) => {
      clearTimeout(due);
      const asked = readRequest(line);
      if (!rate.take()) {
        dismiss(socket, 'rate-limited', 'Too many requests.', asked.id);
        return false;
      }
      if ('refusal' in asked) send(socket, refusal(asked.id, asked.refusal.code, asked.refusal.message));
      else void answer(socket, caller, asked.id, asked.call, asked.args);
      return !socket.destroyed;
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk);
      } catch (error) {
        dismiss(socket, 'body-too-large', error instanceof Error ? error.message : String(error));
        return;
      }
      if (reader.waiting === 0) {
        clearTimeout(half);
        half = undefined;
      } else half ??= setTimeout(() => dismiss(socket, 'bad-request', 'A message did not come to its end in time.'), patience.line);
    });
    socket.once('close', () => {
      clearTimeout(due);
      clearTimeout(half);
    });
  }

  async function meet(socket: Socket): Promise<void> {
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      watching.delete(socket);
    });
    // Peers go when they like.
    socket.on('error', () => socket.destroy());
    if (open.size > MOST_CONNECTIONS.ofAll) return dismiss(socket, 'rate-limited', 'Too many connections.');
    let uid: number;
    let why: string | undefined;
    try {
      uid = (await askPeer(socket)).uid;
      why = await refuses(uid);
    } catch (error) {
      return dismiss(socket, 'internal', `It cannot be told who connects, so nobody is spoken to: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (why !== undefined) return dismiss(socket, 'peer-refused', why);
    if (!rateOf(uid).take() || (present.get(uid) ?? 0) >= MOST_CONNECTIONS.ofOne) return dismiss(socket, 'rate-limited', 'Too many connections of one user.');
    if (socket.destroyed) return;
    const caller: Caller = { uid, watch: () => void watching.add(socket) };
    count(uid, 1);
    socket.once('close', () => {
      count(uid, -1);
      onGone?.(caller);
    });
    listen(socket, caller);
    socket.resume();
  }

  const server = createServer({ pauseOnConnect: true }, (socket) => void meet(socket));
  // Those who are let go count too: there are only so many descriptors, and reading this machine takes some.
  server.maxConnections = MOST_CONNECTIONS.atDoor;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(file, resolve);
    });
    // Everybody may connect; who is answered is decided by who they are.
    chmodSync(file, 0o666);
  } catch (cause) {
    server.close();
    release();
    throw new StanceError('state-unwritable', `Nothing can listen at ${file}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}.`, { cause });
  }
  server.on('error', (error) => process.emitWarning(error));
  return {
    tell(state) {
      if (watching.size === 0) return;
      const text = encode({ v: LOCAL_VERSION, event: 'state', value: state });
      for (const socket of watching) send(socket, text);
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of [...open, ...leaving]) socket.destroy();
      await closed;
      release();
    },
  };
}
