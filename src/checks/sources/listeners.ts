/** Listening sockets from `/proc/net/tcp` and `tcp6` (proc_net(5)): no process, no rights needed. Pure. */
import { UnparsableError } from '../../model/index.ts';

export interface Listener {
  readonly port: number;
  /** Answers only on this machine. */
  readonly loopback: boolean;
}

/** The state LISTEN, in hexadecimal. */
const LISTEN = '0A';
/** 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 as the kernel prints them: hexadecimal, each 32-bit word in the byte order of the machine. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F|7F[0-9A-F]{6}|0{31}1)$/;

/** @throws UnparsableError where a row is not of the form. */
export function parseListeners(text: string): Listener[] {
  const [head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  if (!/local_address/.test(head)) throw new UnparsableError('the socket table has no head');
  return rows.flatMap((row) => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /i.exec(row);
    if (match === null) throw new UnparsableError('a row of the socket table is not of its form');
    const [, address = '', port = '', state = ''] = match;
    return state.toUpperCase() === LISTEN ? [{ port: Number.parseInt(port, 16), loopback: LOOPBACK.test(address.toUpperCase()) }] : [];
  });
}
