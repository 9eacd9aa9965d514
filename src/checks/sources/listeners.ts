/**
 * Sockets that wait for other machines, without rights: `/proc/net/{tcp,tcp6,udp,udp6}` (proc_net(5)) or `ss`, `netstat` of macOS,
 * MSFT_NetTCPConnection of Windows. Parsers are pure.
 */
import { cim, DoorError, file, type Got, type Host, orAbsent, UnparsableError } from '../../model/index.ts';
import { readEnvironment } from './environment.ts';
import { answerOf, mostTelling } from './failures.ts';

/** Tables that tell of a TCP port that is opened or closed. */
export const LISTENERS_CHANGE = ['/proc/net/tcp', '/proc/net/tcp6'].map(file);

export interface Listener {
  readonly port: number;
  /** Answers only on this machine. */
  readonly loopback: boolean;
  /** On the address that WSL gives its loopback device for its own name server; elsewhere an address like any other. */
  readonly ofWsl?: true;
}

/** States of a socket in the table, in hexadecimal: TCP that listens, and UDP that is bound and talks to nobody in particular. */
const LISTEN = '0A';
const UNCONNECTED = '07';
/** 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 as the kernel prints them: hexadecimal, each 32-bit word in the byte order of the machine. */
const LOOPBACK_HEX = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F|7F[0-9A-F]{6}|0{31}1|0{20}FFFF7F[0-9A-F]{6})$/;
/** The same as people write them; `fe80::1%lo0` is a Mac's own. */
const LOOPBACK_TEXT = /^(?:127(?:\.\d+){3}|::1|(?:::ffff:)?127(?:\.\d+){3}|\S+%lo\d*)$/i;

const WSL_HEX = /^(?:FEFFFF0A|0AFFFFFE)$/;
const WSL_TEXT = '10.255.255.254';

const listenerOf = (port: number, loopback: boolean, ofWsl: boolean): Listener => ({ port, loopback, ...(ofWsl ? { ofWsl } : {}) });

/** Rows of a socket table in a state. @throws UnparsableError where one is not of the form */
function parseTable(text: string, wanted: string): Listener[] {
  const [head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  if (!/local_address/.test(head)) throw new UnparsableError('the socket table has no head');
  return rows.flatMap((row) => {
    const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /i.exec(row);
    if (match === null) throw new UnparsableError('a row of the socket table is not of its form');
    const [, address = '', port = '', state = ''] = match;
    const hex = address.toUpperCase();
    return state.toUpperCase() === wanted ? [listenerOf(Number.parseInt(port, 16), LOOPBACK_HEX.test(hex), WSL_HEX.test(hex))] : [];
  });
}

/** @throws UnparsableError */
export const parseListeners = (text: string): Listener[] => parseTable(text, LISTEN);
/** @throws UnparsableError */
export const parseUdpListeners = (text: string): Listener[] => parseTable(text, UNCONNECTED);

/** `ss -tlnH`: state, queues, `address:port`, peer. @throws UnparsableError */
export function parseSsListeners(text: string): Listener[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, address = '', port = ''] = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+:\*(?:\s|$)/.exec(line) ?? [];
      if (port === '') throw new UnparsableError('ss printed something other than listening sockets');
      return listenerOf(Number(port), LOOPBACK_TEXT.test(address.replace(/[[\]]/g, '')), address === WSL_TEXT);
    });
}

/** `netstat -anv -p tcp` of macOS: the port stands behind the last dot, long addresses are cut. @throws UnparsableError */
export function parseNetstatListeners(text: string): Listener[] {
  const [title = '', head = '', ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  if (!title.startsWith('Active Internet connections') || !/^Proto .*Local Address .*\(state\)/.test(head)) throw new UnparsableError('netstat has no head');
  return rows.flatMap((row) => {
    const [, address = '', port = '', state = ''] = /^tcp\S*\s+\d+\s+\d+\s+(\S+)\.(\d{1,5}|\*)\s+\S+\s+([A-Z][A-Z0-9_]+)(?:\s|$)/.exec(row) ?? [];
    // A socket that is not bound has no state.
    if (state === '' && /^tcp\S*\s+\d+\s+\d+\s+\*\.\*\s+\*\.\*\s/.test(`${row} `)) return [];
    if (state === '') throw new UnparsableError('a row of netstat is not of its form');
    return state === 'LISTEN' && port !== '*' ? [{ port: Number(port), loopback: LOOPBACK_TEXT.test(address) }] : [];
  });
}

/** @throws DoorError with the failure that says most. IPv6 may be switched off; IPv4 is always there. */
async function readTables(host: Host, protocol: 'tcp' | 'udp', parse: (text: string) => Listener[]): Promise<Listener[]> {
  const [four, six] = await Promise.all([host.read(`/proc/net/${protocol}`), orAbsent(host.read(`/proc/net/${protocol}6`))]);
  return [...parse(four), ...(six === undefined ? [] : parse(six))];
}

/** Under WSL the address of its name server is one that only this machine reaches. */
async function placeWsl(host: Host, listeners: Listener[]): Promise<Listener[]> {
  if (!listeners.some(({ ofWsl }) => ofWsl)) return listeners;
  const environment = await answerOf(readEnvironment(host));
  const wsl = !(environment instanceof DoorError) && environment.wsl;
  return listeners.map((listener) => (wsl && listener.ofWsl ? { ...listener, loopback: true } : listener));
}

/** Linux: TCP listeners. @throws DoorError */
export async function readTcpListeners(host: Host): Promise<Listener[]> {
  const tables = await answerOf(readTables(host, 'tcp', parseListeners));
  if (!(tables instanceof DoorError)) return placeWsl(host, tables);
  const asked = await answerOf(
    host.run('ss', ['-tlnH']).then(({ stdout, exit }) => {
      // Nothing printed is not nothing there: a container without rights looks the same.
      if (exit !== 0 || stdout.trim() === '') throw new UnparsableError('ss listed nothing');
      return parseSsListeners(stdout);
    }),
  );
  if (asked instanceof DoorError) throw mostTelling([tables, asked]);
  return placeWsl(host, asked);
}

/** Linux: UDP sockets that anybody may send to. @throws DoorError, UnparsableError */
export const readUdpListeners = async (host: Host): Promise<Listener[]> => placeWsl(host, await readTables(host, 'udp', parseUdpListeners));

/** macOS: TCP listeners of all users. @throws DoorError, UnparsableError */
export async function readMacListeners(host: Host): Promise<Listener[]> {
  const { stdout, exit } = await host.run('netstat', ['-anv', '-p', 'tcp']);
  if (exit !== 0) throw new DoorError('EOUTPUT', `run netstat: exit ${exit}`);
  return parseNetstatListeners(stdout);
}

/** Windows: TCP connections that listen. */
export const TCP_LISTENERS = cim('root/StandardCimv2', 'MSFT_NetTCPConnection', { where: 'State = 2' });

/** @throws DoorError, UnparsableError: a Windows on which nothing listens at all does not exist */
export function windowsListeners(got: Got): Listener[] {
  const rows = got(TCP_LISTENERS).filter(({ State }) => State === 2 || State === 'Listen');
  if (rows.length === 0) throw new UnparsableError('no listening connection was listed');
  return rows.map(({ LocalAddress, LocalPort }) => {
    if (typeof LocalAddress !== 'string' || typeof LocalPort !== 'number') throw new UnparsableError('a connection without address or port');
    return { port: LocalPort, loopback: LOOPBACK_TEXT.test(LocalAddress) };
  });
}

/** Whether one of these ports is open to other machines. */
export const isOpen = (listeners: readonly Listener[], ports: readonly (number | readonly [from: number, to: number])[]): boolean =>
  listeners.some(
    ({ port, loopback }) => !loopback && ports.some((wanted) => (typeof wanted === 'number' ? port === wanted : port >= wanted[0] && port <= wanted[1])),
  );
