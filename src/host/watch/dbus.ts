/**
 * As much of D-Bus as it takes to hear signals (D-Bus Specification 0.43): a connection, EXTERNAL authentication, AddMatch, and the
 * headers of what comes. The library for it takes 6 MB of an agent that may have 70 (seen on Node 24), most of it for what is not
 * needed here; bodies are left as bytes, but for what two signals say.
 */
import { connect, type Socket } from 'node:net';

/** A signal is small; what is larger is not for us. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const [METHOD_CALL, METHOD_RETURN, ERROR, SIGNAL] = [1, 2, 3, 4];
const FIELDS: Readonly<Record<number, 'path' | 'interface' | 'member'>> = { 1: 'path', 2: 'interface', 3: 'member' };
const REPLY_SERIAL = 5;

export interface Signal {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Marshalled arguments, from their beginning. */
  readonly body: Buffer;
  readonly littleEndian: boolean;
}

const align = (at: number, to: number): number => Math.ceil(at / to) * to;

/** A method call of the bus itself with text arguments: little endian, version 1. */
export function encodeCall(serial: number, destination: string, path: string, face: string, member: string, args: readonly string[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const made = Buffer.alloc(4 + bytes.length + 1);
    made.writeUInt32LE(bytes.length, 0);
    bytes.copy(made, 4);
    return made;
  };
  const padded = (parts: readonly Buffer[], to: number): Buffer => {
    const joined = Buffer.concat(parts);
    return Buffer.concat([joined, Buffer.alloc(align(joined.length, to) - joined.length)]);
  };
  const body = args.reduce((before, arg) => Buffer.concat([padded([before], 4), text(arg)]), Buffer.alloc(0));
  const field = (code: number, type: string, value: Buffer): Buffer => Buffer.concat([Buffer.from([code, 1, type.charCodeAt(0), 0]), value]);
  const signature = Buffer.from([args.length, ...Buffer.from('s'.repeat(args.length)), 0]);
  const fields = [
    ...[field(1, 'o', text(path)), field(2, 's', text(face)), field(3, 's', text(member)), field(6, 's', text(destination))],
    ...(args.length === 0 ? [] : [field(8, 'g', signature)]),
  ];
  // Each field begins at a multiple of 8, and so does the body.
  const list = fields.reduce((before, next) => Buffer.concat([padded([before], 8), next]), Buffer.alloc(0));
  const head = Buffer.alloc(16);
  head.set([0x6c, METHOD_CALL, 0, 1]);
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(serial, 8);
  head.writeUInt32LE(list.length, 12);
  return Buffer.concat([padded([head, list], 8), body]);
}

export type Incoming = ({ readonly kind: 'signal' } & Signal) | { readonly kind: 'return' | 'error'; readonly to: number } | { readonly kind: 'other' };

/** The first message of what has come, and where the next begins; undefined until it is whole. @throws RangeError for what is no message */
export function decodeMessage(bytes: Buffer): { readonly message: Incoming; readonly end: number } | undefined {
  if (bytes.length < 16) return undefined;
  const littleEndian = bytes[0] === 0x6c;
  if ((!littleEndian && bytes[0] !== 0x42) || bytes[3] !== 1) throw new RangeError('not a message of D-Bus');
  const uint = (at: number): number => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const [bodyLength, fieldsLength] = [uint(4), uint(12)];
  const bodyAt = align(16 + fieldsLength, 8);
  const end = bodyAt + bodyLength;
  if (end > MAX_MESSAGE_BYTES) throw new RangeError('a message that is too large');
  if (bytes.length < end) return undefined;
  const found = { path: '', interface: '', member: '' };
  let to = 0;
  for (let at = 16; at < 16 + fieldsLength; at = align(at, 8)) {
    const code = bytes[at] ?? 0;
    const type = String.fromCharCode(bytes[at + 2] ?? 0);
    if (bytes[at + 1] !== 1) throw new RangeError('a header field of no simple type');
    at += 4;
    if (type === 's' || type === 'o') {
      const length = uint(at);
      if (at + 4 + length >= end) throw new RangeError('a header field without end');
      const name = FIELDS[code];
      if (name !== undefined) found[name] = bytes.toString('utf8', at + 4, at + 4 + length);
      at += 4 + length + 1;
    } else if (type === 'g') at += 1 + (bytes[at] ?? 0) + 1;
    else if (type === 'u') {
      if (code === REPLY_SERIAL) to = uint(at);
      at += 4;
    } else throw new RangeError('a header field of an unknown type');
  }
  const kind = bytes[1];
  if (kind === SIGNAL) return { message: { kind: 'signal', ...found, body: Buffer.from(bytes.subarray(bodyAt, end)), littleEndian }, end };
  if (kind === METHOD_RETURN || kind === ERROR) return { message: { kind: kind === ERROR ? 'error' : 'return', to }, end };
  return { message: { kind: 'other' }, end };
}

/** The first argument of a signal as text; undefined where it is none. */
export function firstText({ body, littleEndian }: Signal): string | undefined {
  if (body.length < 5) return undefined;
  const length = littleEndian ? body.readUInt32LE(0) : body.readUInt32BE(0);
  return 4 + length < body.length ? body.toString('utf8', 4, 4 + length) : undefined;
}
/** The first argument of a signal as a boolean. */
export const firstBoolean = ({ body, littleEndian }: Signal): boolean | undefined =>
  body.length < 4 ? undefined : (littleEndian ? body.readUInt32LE(0) : body.readUInt32BE(0)) !== 0;

export interface BusConnection {
  end(): void;
}

/** `unix:path=…` or `unix:abstract=…`, the first of several that is one. */
function socketOf(address: string): string | undefined {
  for (const entry of address.split(';')) {
    const [, kind, value] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(entry) ?? [];
    if (value !== undefined) return kind === 'abstract' ? `\0${decodeURIComponent(value)}` : decodeURIComponent(value);
  }
  return undefined;
}

const BUS = ['org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'] as const;

/** Connects, asks for signals by match rules, then makes `calls` that nobody waits for. `lost` is called once, with why. */
export function listenOnBus(
  address: string,
  { matches, calls }: { readonly matches: readonly string[]; readonly calls: readonly Parameters<typeof encodeCall>[] },
  on: { readonly signal: (signal: Signal) => void; readonly ready: () => void; readonly lost: (why: string) => void },
): BusConnection {
  const file = socketOf(address);
  let over = false;
  let pending = Buffer.alloc(0);
  let authenticated = false;
  let socket: Socket | undefined;
  const lose = (why: string): void => {
    if (over) return;
    over = true;
    socket?.destroy();
    on.lost(why);
  };
  if (file === undefined) {
    setImmediate(lose, `${address} is no socket`);
    return { end: () => undefined };
  }
  /** Hello is 1, the matches follow; when the last of them is answered, what is asked for comes. */
  const last = 1 + matches.length;
  function begin(): void {
    const asks = [encodeCall(1, ...BUS, 'Hello', []), ...matches.map((match, index) => encodeCall(index + 2, ...BUS, 'AddMatch', [match]))];
    socket?.write(Buffer.concat([Buffer.from('BEGIN\r\n'), ...asks, ...calls.map((call) => encodeCall(...call))]));
  }
  function take(chunk: Buffer): void {
    pending = Buffer.concat([pending, chunk]);
    if (!authenticated) {
      const line = pending.indexOf('\r\n');
      if (line < 0) {
        if (pending.length > 1024) lose('the bus does not answer');
        return;
      }
      if (!pending.toString('latin1', 0, line).startsWith('OK ')) {
        lose('the bus does not let this user in');
        return;
      }
      pending = pending.subarray(line + 2);
      authenticated = true;
      begin();
    }
    for (let next = decodeMessage(pending); next !== undefined; next = decodeMessage(pending)) {
      pending = pending.subarray(next.end);
      const { message } = next;
      if (message.kind === 'signal') on.signal(message);
      else if (message.kind === 'error' && message.to <= last) lose('the bus refuses to tell');
      else if (message.kind === 'return' && message.to === last) on.ready();
    }
  }
  socket = connect(file);
  socket.unref();
  socket.on('connect', () => {
    const uid = String(process.getuid?.() ?? 0);
    socket?.write(`\0AUTH EXTERNAL ${Buffer.from(uid).toString('hex')}\r\n`);
  });
  socket.on('data', (chunk) => {
    try {
      take(chunk);
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error));
    }
  });
  socket.on('error', (error) => lose(error.message));
  socket.on('close', () => lose('the bus ended the connection'));
  return {
    end() {
      over = true;
      socket?.destroy();
    },
  };
}
