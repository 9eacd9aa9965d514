/** Which ports are open to other machines. */
import { type Static, Type } from 'typebox';
import { DoorError, defineCheck, event, fail, type Host, known, PLATFORMS, pass, undecided } from '../model/index.ts';
import { closePorts } from './remedies/net-listening.ts';
import { answerOf } from './sources/failures.ts';
import { LISTENERS_CHANGE, type Listener, readMacListeners, readTcpListeners, readUdpListeners, TCP_LISTENERS, windowsListeners } from './sources/listeners.ts';

const PROTOCOLS = ['tcp', 'udp'] as const;
type Protocol = (typeof PROTOCOLS)[number];

/** What a person would name such a port by: `tcp/22`. */
const Open = Type.Object({ protocol: Type.Enum(PROTOCOLS), port: Type.Integer({ minimum: 0, maximum: 65_535 }) });
type Open = Static<typeof Open>;
const MAX_OPEN = 256;
/** From here on Linux gives ports to programs that ask others: with UDP those look like ones that wait (ip_local_port_range). */
const FIRST_EPHEMERAL = 32_768;

const Value = Type.Object({
  system: Type.Enum(PLATFORMS),
  open: Type.Array(Open, { maxItems: MAX_OPEN, description: 'Ports open to other machines, in order.' }),
  protocols: Type.Array(Type.Enum(PROTOCOLS), { maxItems: PROTOCOLS.length, description: 'Those that were looked at. UDP: ports below 32768 only.' }),
});
type Value = Static<typeof Value>;

/** `tcp/22`, `tcp/49664-65535`. */
const Range = Type.String({ pattern: '^(tcp|udp)/[0-9]{1,5}(-[0-9]{1,5})?$', maxLength: 20 });

/** What a fresh system opens by itself, and cannot well be without. */
const EXPECTED = {
  // Names of neighbours (LLMNR), asked by systemd-resolved; addresses by DHCP, names by mDNS, printers by CUPS.
  linux: ['tcp/5355', 'udp/68', 'udp/546', 'udp/631', 'udp/5353', 'udp/5355'],
  // AirPlay Receiver; ports that the system's services take as they come.
  darwin: ['tcp/5000', 'tcp/7000', 'tcp/49152-65535'],
  // RPC and its ports, NetBIOS, SMB, the device platform, finding devices, sharing of updates.
  win32: ['tcp/135', 'tcp/139', 'tcp/445', 'tcp/5040', 'tcp/5357', 'tcp/7680', 'tcp/49664-65535'],
};

function isWithin({ protocol, port }: Open, range: string): boolean {
  const [, name, from = '', to = from] = /^(tcp|udp)\/(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  return name === protocol && port >= Number(from) && port <= Number(to);
}

function openOf(protocol: Protocol, listeners: readonly Listener[]): Open[] {
  const ports = new Set(listeners.filter(({ loopback }) => !loopback).map(({ port }) => port));
  return [...ports].sort((a, b) => a - b).map((port) => ({ protocol, port }));
}

const openPortsOf = (system: Value['system'], open: readonly Open[], protocols: readonly Protocol[]): Value => ({
  system,
  open: open.slice(0, MAX_OPEN),
  protocols: [...protocols],
});

async function readLinux(host: Host) {
  const [tcp, udp] = await Promise.all([answerOf(readTcpListeners(host)), answerOf(readUdpListeners(host))]);
  if (tcp instanceof DoorError) throw tcp;
  const open = openOf('tcp', tcp);
  if (udp instanceof DoorError) return known(openPortsOf('linux', open, ['tcp']), 'listening sockets');
  const lasting = udp.filter(({ port }) => port < FIRST_EPHEMERAL);
  return known(openPortsOf('linux', [...open, ...openOf('udp', lasting)], PROTOCOLS), 'listening sockets');
}

export default defineCheck({
  id: 'net.listening',
  title: 'No unexpected open ports',
  why: 'Every program that waits for other computers can be attacked by them.',
  group: 'network',
  owner: 'user',
  cost: 'process',
  value: Value,
  params: Type.Object({
    expected: Type.Object(
      Object.fromEntries(PLATFORMS.map((system) => [system, Type.Array(Range, { default: EXPECTED[system], maxItems: 200 })])) as Record<
        Value['system'],
        ReturnType<typeof Type.Array<typeof Range>>
      >,
      { default: {}, description: 'Ports that may be open, by system: tcp/22, tcp/49664-65535.' },
    ),
    protocols: Type.Array(Type.Enum(PROTOCOLS), { default: ['tcp'], description: 'Those that count.' }),
  }),
  read: {
    linux: readLinux,
    darwin: async (host) => known(openPortsOf('darwin', openOf('tcp', await readMacListeners(host)), ['tcp']), 'netstat'),
    win32: { needs: [TCP_LISTENERS], from: (got) => known(openPortsOf('win32', openOf('tcp', windowsListeners(got)), ['tcp']), 'MSFT_NetTCPConnection') },
  },
  watch: { linux: [...LISTENERS_CHANGE, event('network')], darwin: [event('network')], win32: [event('network')] },
  judge: ({ system, open, protocols: seen }, { expected, protocols }) => {
    const names = open
      .filter((one) => protocols.includes(one.protocol) && !expected[system].some((range) => isWithin(one, range)))
      .map(({ protocol, port }) => `${protocol}/${port}`);
    const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
    if (names.length > 0) return fail(`${names.length === 1 ? 'A port is' : 'Ports are'} open to other machines: ${shown}.`);
    const unseen = protocols.filter((protocol) => !seen.includes(protocol));
    return unseen.length > 0 ? undecided(`Open ports over ${unseen.join(' and ')} are not known.`) : pass('No unexpected port is open to other machines.');
  },
  remedy: closePorts,
  controls: ['NIST 800-53 CM-7'],
});
