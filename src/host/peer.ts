/**
 * Who is at the other end of a local socket: the kernel's word, not the peer's. Linux: SO_PEERCRED (unix(7)), in the number space of
 * this process. macOS: getpeereid(3), written and **not yet run**. Windows has no door for it here yet.
 */
import type { Socket } from 'node:net';
import { loadKoffi } from './native.ts';

export interface Peer {
  readonly uid: number;
  /** Of whoever connected; where the system tells. */
  readonly pid?: number;
}

/** `<asm-generic/socket.h>` */
const [SOL_SOCKET, SO_PEERCRED] = [1, 17];
/** `struct ucred`: pid, uid, gid, each of 32 bits. */
const UCRED_BYTES = 12;

type AskPeer = (descriptor: number) => Peer;

async function loadAsker(): Promise<AskPeer> {
  const koffi = await loadKoffi();
  const libc = koffi.load(null);
  if (process.platform === 'linux') {
    const getsockopt = libc.func('int getsockopt(int fd, int level, int name, void *value, _Inout_ int *length)');
    return (descriptor) => {
      const credentials = Buffer.alloc(UCRED_BYTES);
      const length = [UCRED_BYTES];
      if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, credentials, length) !== 0 || length[0] !== UCRED_BYTES) throw new Error('getsockopt failed.');
      return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) };
    };
  }
  if (process.platform !== 'darwin') throw new Error(`Peers of local sockets cannot be told on ${process.platform}.`);
  const getpeereid = libc.func('int getpeereid(int fd, _Out_ uint32_t *uid, _Out_ uint32_t *gid)');
  return (descriptor) => {
    const [uid, gid] = [[0], [0]];
    if (getpeereid(descriptor, uid, gid) !== 0 || uid[0] === undefined) throw new Error('getpeereid failed.');
    return { uid: uid[0] };
  };
}

let asker: Promise<AskPeer> | undefined;

/** @throws where it cannot be told: then nobody is believed */
export async function peerOf(socket: Socket): Promise<Peer> {
  asker ??= loadAsker();
  const ask = await asker;
  // Node keeps it to itself; it is gone once the socket is closed.
  const descriptor = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
  if (descriptor === undefined || descriptor < 0) throw new Error('The socket is closed.');
  return ask(descriptor);
}
