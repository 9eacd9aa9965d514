/** What the conditions of nftables rules say of an ordinary new connection: libnftables-json(5), "Expressions". Pure. */
import type { Certainty, Condition, Packet } from './rule-walk.ts';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A right side as the list of what it names: a value, a list, an anonymous set; elements may carry counters. */
function itemsOf(right: unknown): readonly unknown[] {
  if (Array.isArray(right)) return right.flatMap(itemsOf);
  if (!isObject(right)) return [right];
  if ('set' in right) return itemsOf(right.set);
  if ('elem' in right && isObject(right.elem)) return itemsOf(right.elem.val);
  if ('|' in right) return itemsOf(right['|']);
  return [right];
}

const isNot = (op: unknown): boolean => op === '!=' || op === '!';
/** A condition on something that has one value in every such packet. */
const oneOf = (values: readonly unknown[], op: unknown, right: unknown): Certainty =>
  itemsOf(right).some((item) => values.includes(item)) === isNot(op) ? 'no' : 'yes';

function ofPort(field: unknown, op: unknown, right: unknown): Certainty {
  const ranges = itemsOf(right).map((item) => (isObject(item) && Array.isArray(item.range) ? item.range.map(Number) : [Number.NaN, Number.NaN]));
  // Ports of callers are high ones, so that a condition on those spares nobody; the port that is called is none that a rule names.
  const bounds = field === 'sport' ? [32_768, 60_999] : [1, 65_535];
  const all = ranges.some(([low = Number.NaN, high = Number.NaN]) => low <= Number(bounds[0]) && high >= Number(bounds[1]));
  return all === isNot(op) ? 'no' : 'yes';
}

const MULTICAST = /^(?:22[4-9]|23\d|255)\.|^ff/i;

function ofAddress(field: unknown, op: unknown, right: unknown): Certainty {
  const texts = itemsOf(right).map((item) => (isObject(item) && isObject(item.prefix) ? `${item.prefix.addr}/${item.prefix.len}` : String(item)));
  if (texts.some((text) => text.endsWith('/0'))) return isNot(op) ? 'no' : 'yes';
  if (isNot(op)) return 'some';
  // Something that is sent to an address of this computer may be all that is sent to it.
  return field === 'daddr' && !texts.every((text) => MULTICAST.test(text)) ? 'some' : 'no';
}

function ofInterface(op: unknown, right: unknown): Certainty {
  const names = itemsOf(right);
  const own = names.every((name) => name === 'lo');
  if (isNot(op)) return own ? 'yes' : 'some';
  return own ? 'no' : 'some';
}

const NUMBERS = { tcp: 6, udp: 17 } as const;
const protocolOf = (packet: Packet, op: unknown, right: unknown): Certainty => oneOf([packet.protocol, NUMBERS[packet.protocol]], op, right);

function ofPayload({ protocol, field }: Json, op: unknown, right: unknown, packet: Packet): Certainty {
  if (protocol === 'ip' || protocol === 'ip6') {
    if (protocol !== packet.family) return 'no';
    if (field === 'protocol' || field === 'nexthdr') return protocolOf(packet, op, right);
    return field === 'saddr' || field === 'daddr' ? ofAddress(field, op, right) : 'some';
  }
  if (protocol !== 'th' && protocol !== packet.protocol) return 'no';
  return field === 'dport' || field === 'sport' ? ofPort(field, op, right) : 'some';
}

/** `tcp flags & (fin|syn|rst|ack) == syn`: the first packet of a connection carries SYN alone. */
function ofFlags(left: readonly unknown[], op: unknown, right: unknown, packet: Packet): Certainty {
  const [what, mask] = left;
  if (!isObject(what) || !isObject(what.payload) || what.payload.field !== 'flags') return 'some';
  if (packet.protocol !== 'tcp') return 'no';
  const seen = itemsOf(mask).includes('syn') ? ['syn'] : [];
  const wanted = itemsOf(right).filter((flag) => flag !== 0);
  const equal = seen.length === wanted.length && seen.every((flag) => wanted.includes(flag));
  return equal === isNot(op) ? 'no' : 'yes';
}

function ofMeta(key: unknown, op: unknown, right: unknown, packet: Packet): Certainty {
  switch (key) {
    case 'iifname':
    case 'iif':
      return ofInterface(op, right);
    case 'nfproto':
      return oneOf([packet.family === 'ip' ? 'ipv4' : 'ipv6'], op, right);
    case 'protocol':
      return oneOf([packet.family], op, right);
    case 'l4proto':
      return protocolOf(packet, op, right);
    case 'pkttype':
      return oneOf(['host', 'unicast'], op, right);
    default:
      return 'some';
  }
}

/** The condition that a `match` expression states. What is not understood holds for some: an opening, and perhaps a refusal. */
export function conditionOf(match: unknown): Condition {
  if (!isObject(match) || !isObject(match.left)) return () => 'opaque';
  const { left, op, right } = match;
  return (packet) => {
    if (isObject(left.meta)) return ofMeta(left.meta.key, op, right, packet);
    if (isObject(left.payload)) return ofPayload(left.payload, op, right, packet);
    if (isObject(left.ct)) return left.ct.key === 'state' ? oneOf(['new'], op, right) : 'some';
    if (Array.isArray(left['&'])) return ofFlags(left['&'], op, right, packet);
    if (isObject(left.fib)) {
      const flags = itemsOf(left.fib.flags);
      if (flags.includes('saddr')) return isNot(op) ? 'some' : 'no';
      return left.fib.result === 'type' ? oneOf(['local'], op, right) : 'some';
    }
    return 'some';
  };
}
