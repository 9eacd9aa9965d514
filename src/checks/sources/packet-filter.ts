/** Whether loaded packet filter rules refuse what comes in: nftables as JSON, iptables as `-S` prints it. Pure. */
import { parseIptablesRules } from './iptables-rules.ts';
import { type InputChain, parseNftRuleset } from './nft-ruleset.ts';
import { type Outcome, outcomeIn, type Packet } from './rule-walk.ts';

export type Family = Packet['family'];
/** What becomes of ordinary new connections. */
interface Filtering {
  readonly all: Outcome;
  /** Without the table that iptables shows in more words. */
  readonly beside: Outcome;
}
export type Filtered = Readonly<Record<Family, Filtering>>;

/** Refused is what is refused over TCP and over UDP: rules for one of them are no firewall. */
function overBoth(ask: (packet: Packet) => Outcome, family: Family): Outcome {
  const [tcp, udp] = [ask({ family, protocol: 'tcp' }), ask({ family, protocol: 'udp' })];
  if (tcp === udp) return tcp;
  return tcp === 'admits' || udp === 'admits' ? 'admits' : 'unsure';
}

/** A packet goes through every chain at the hook: one that refuses is enough. */
function outcomeOf(inputs: readonly InputChain[], family: Family): Outcome {
  const mine = inputs.filter((chain) => chain.family === family || chain.family === 'inet');
  return overBoth((packet) => {
    const outcomes = mine.map(({ chains, name, policy, doubtful }) => {
      const outcome = outcomeIn(chains, name, policy, packet);
      return doubtful && outcome === 'refuses' ? 'unsure' : outcome;
    });
    return outcomes.find((outcome) => outcome === 'refuses') ?? outcomes.find((outcome) => outcome === 'unsure') ?? 'admits';
  }, family);
}

/** `nft -j list ruleset`. @throws UnparsableError */
export function filteredByNft(stdout: string): Filtered {
  const inputs = parseNftRuleset(stdout);
  const of = (family: Family): Filtering => ({
    all: outcomeOf(inputs, family),
    beside: outcomeOf(
      inputs.filter((chain) => !(chain.family === family && chain.table === 'filter' && chain.name === 'INPUT')),
      family,
    ),
  });
  return { ip: of('ip'), ip6: of('ip6') };
}

/** `iptables -S`, or `ip6tables -S` with family `ip6`. @throws UnparsableError */
export function refusesByIptables(stdout: string, family: Family = 'ip'): Outcome {
  const { policy, chains } = parseIptablesRules(stdout);
  return overBoth((packet) => outcomeIn(chains, 'INPUT', policy, packet), family);
}
