/**
 * What becomes of an ordinary new connection from another computer on its way through packet filter rules, whoever wrote them
 * down: nft(8), "Address families", "Chains", "Verdict statements"; iptables(8), "Targets". Pure.
 */

/** The packet that is thought of: first of its connection, from another computer, to this one, to a port that no rule names. */
export interface Packet {
  readonly family: 'ip' | 'ip6';
  readonly protocol: 'tcp' | 'udp';
}

/**
 * Whether a condition holds for it. `some`: for some computers or interfaces only; `opaque`: the listing does not say.
 * What lets some in is an opening in a firewall; what keeps some out may be the firewall itself, seen from where they are.
 */
export type Certainty = 'yes' | 'no' | 'some' | 'opaque';
export type Condition = (packet: Packet) => Certainty;

export type Verdict = { readonly kind: 'accept' | 'refuse' | 'return' | 'either' | 'none' } | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export interface Rule {
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
}

export type Chains = ReadonlyMap<string, readonly Rule[]>;

/** Whether every such packet is refused, none is, or that cannot be told. */
export type Outcome = 'refuses' | 'admits' | 'unsure';

type Ending = 'accept' | 'refuse' | 'through' | 'next';
/** Jumps within jumps that are followed; nftables allows 16. */
const MAX_DEPTH = 64;
const RANK: readonly Certainty[] = ['yes', 'opaque', 'some', 'no'];

/** A rule applies where all its conditions hold; the least certain one counts. */
const certaintyOf = (rule: Rule, packet: Packet): Certainty =>
  rule.conditions.reduce<Certainty>((least, condition) => {
    const here = condition(packet);
    return RANK.indexOf(here) > RANK.indexOf(least) ? here : least;
  }, 'yes');

/** Where packets of this kind may end in a chain. Each chain is walked once, however often others jump to it. */
function endingsOf(chains: Chains, packet: Packet) {
  const known = new Map<string, ReadonlySet<Ending>>();
  const anything: ReadonlySet<Ending> = new Set(['accept', 'refuse', 'through']);

  function taken(verdict: Verdict, depth: number): readonly Ending[] {
    switch (verdict.kind) {
      case 'accept':
      case 'refuse':
        return [verdict.kind];
      case 'return':
        return ['through'];
      case 'either':
        return ['accept', 'refuse'];
      case 'none':
        return ['next'];
      case 'jump':
        // What comes out at the end of a chain goes on behind the jump; after a goto it does not.
        return [...walk(verdict.chain, depth + 1)].map((ending) => (ending === 'through' ? 'next' : ending));
      case 'goto':
        return [...walk(verdict.chain, depth + 1)];
    }
  }

  function walk(name: string, depth: number): ReadonlySet<Ending> {
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    if (depth > MAX_DEPTH) return anything;
    // The kernel refuses loops; a listing that shows one tells nothing.
    known.set(name, anything);
    const endings = new Set<Ending>();
    let goesOn = true;
    for (const rule of chains.get(name) ?? []) {
      const certainty = certaintyOf(rule, packet);
      if (certainty === 'no') continue;
      const here = taken(rule.verdict, depth);
      for (const ending of here) if (ending !== 'next' && (certainty !== 'some' || ending === 'refuse')) endings.add(ending);
      if (certainty === 'yes' && !here.includes('next')) {
        goesOn = false;
        break;
      }
    }
    if (goesOn) endings.add('through');
    known.set(name, endings);
    return endings;
  }
  return walk;
}

/** The outcome in one base chain, whose policy takes what comes through. */
export function outcomeIn(chains: Chains, name: string, policy: 'accept' | 'refuse', packet: Packet): Outcome {
  const endings = new Set([...endingsOf(chains, packet)(name, 0)].map((ending) => (ending === 'through' ? policy : ending)));
  if (!endings.has('refuse')) return 'admits';
  return endings.size === 1 ? 'refuses' : 'unsure';
}
