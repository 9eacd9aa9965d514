/**
 * Which TCP ports this computer listens on, asked of the kernel over netlink (sock_diag(7)): 30 µs, where the tables under `/proc/net`
 * cost milliseconds, because for them the kernel walks its whole hash of connections.
 */
import { loadKoffi } from '../native.ts';

/** `<linux/netlink.h>`, `<linux/sock_diag.h>`, `<linux/inet_diag.h>`, `<netinet/tcp.h>` */
const [AF_NETLINK, SOCK_DGRAM, SOCK_CLOEXEC, NETLINK_SOCK_DIAG] = [16, 2, 0o2000000, 4];
const [SOCK_DIAG_BY_FAMILY, DUMP_REQUEST, NLMSG_ERROR, NLMSG_DONE] = [20, 0x301, 2, 3];
const [IPPROTO_TCP, TCP_LISTEN, MSG_DONTWAIT] = [6, 10, 0x40];
/** `struct nlmsghdr` and `struct inet_diag_req_v2`. */
const [HEADER_BYTES, REQUEST_BYTES] = [16, 56];
const FAMILIES = { '/proc/net/tcp': 2, '/proc/net/tcp6': 10 } as const;

export interface ListenerTable {
  /** Local addresses and ports that listen, as one text to compare; undefined where the kernel does not answer, or the file is another. */
  snapshot(file: string): string | undefined;
  close(): void;
}

function requestFor(family: number): Buffer {
  const request = Buffer.alloc(HEADER_BYTES + REQUEST_BYTES);
  request.writeUInt32LE(request.length, 0);
  request.writeUInt16LE(SOCK_DIAG_BY_FAMILY, 4);
  request.writeUInt16LE(DUMP_REQUEST, 6);
  request.writeUInt8(family, HEADER_BYTES);
  request.writeUInt8(IPPROTO_TCP, HEADER_BYTES + 1);
  request.writeUInt32LE(1 << TCP_LISTEN, HEADER_BYTES + 4);
  return request;
}

/** The rows of one datagram; `done` at the end of the dump, undefined for an error or what is no such datagram. Pure. */
export function parseDump(datagram: Buffer): { readonly rows: readonly string[]; readonly done: boolean } | undefined {
  const rows: string[] = [];
  for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
    const length = datagram.readUInt32LE(at);
    const type = datagram.readUInt16LE(at + 4);
    if (length < HEADER_BYTES || at + length > datagram.length || type === NLMSG_ERROR) return undefined;
    if (type === NLMSG_DONE) return { rows, done: true };
    // `struct inet_diag_msg`: family, state, timer, retransmits; then the port and the address of this side.
    if (type === SOCK_DIAG_BY_FAMILY && length >= HEADER_BYTES + 24) {
      rows.push(`${datagram.readUInt16BE(at + HEADER_BYTES + 4)} ${datagram.toString('hex', at + HEADER_BYTES + 8, at + HEADER_BYTES + 24)}`);
    }
    at += (length + 3) & ~3;
  }
  return { rows, done: false };
}

/** A datagram as it came, and what it says. */
interface Known {
  readonly bytes: Buffer;
  readonly rows: readonly string[];
  readonly done: boolean;
}

/** @throws where there is no such socket, or no koffi for this system */
export async function openListenerTable(): Promise<ListenerTable> {
  const libc = (await loadKoffi()).load(null);
  const [socket, close] = [libc.func('int socket(int domain, int type, int protocol)'), libc.func('int close(int fd)')];
  const send = libc.func('long send(int fd, const void *bytes, size_t length, int flags)');
  const receive = libc.func('long recv(int fd, void *bytes, size_t length, int flags)');
  const descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG) as number;
  if (descriptor < 0) throw new Error('The kernel gives no socket for sock_diag.');
  const asked = new Map(
    Object.entries(FAMILIES).map(([file, family]) => [file, { request: requestFor(family), known: [] as Known[], text: undefined as string | undefined }]),
  );
  const buffer = Buffer.alloc(32 * 1024);
  return {
    snapshot(file) {
      const table = asked.get(file);
      if (table === undefined || send(descriptor, table.request, table.request.length, 0) !== table.request.length) return undefined;
      const { known } = table;
      for (let index = 0; ; index++) {
        const length = Number(receive(descriptor, buffer, buffer.length, MSG_DONTWAIT));
        if (length <= 0) return undefined;
        let datagram = known[index];
        // Nearly always the kernel says, byte for byte, what it said before: that is not taken apart again.
        if (datagram === undefined || datagram.bytes.compare(buffer, 0, length) !== 0) {
          const bytes = Buffer.from(buffer.subarray(0, length));
          const dump = parseDump(bytes);
          if (dump === undefined) return undefined;
          datagram = { bytes, ...dump };
          known[index] = datagram;
          table.text = undefined;
        }
        if (!datagram.done) continue;
        if (table.text !== undefined && known.length === index + 1) return table.text;
        known.length = index + 1;
        table.text = known
          .flatMap(({ rows }) => rows)
          .sort()
          .join('\n');
        return table.text;
      }
    },
    close: () => void close(descriptor),
  };
}
