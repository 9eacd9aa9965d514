/** Rules of the filter table, from `iptables -S` or `ip6tables -S`: iptables(8), iptables-extensions(8). Pure. */
import { UnparsableError } from '../../model/index.ts';
import { BYSTANDERS } from './nft-ruleset.ts';
import type { Certainty, Chains, Condition, Rule, Verdict } from './rule-walk.ts';

interface Option {
  readonly name: string;
  readonly not: boolean;
  readonly args: readonly string[];
}

export interface IptablesRules {
  readonly policy: 'accept' | 'refuse';
  readonly chains: Chains;
}

/** Words of a line; texts stand in double quotes. */
const wordsOf = (line: string): string[] => [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** Options in the order written, up to the target; what follows the target belongs to it. */
function optionsOf(words: readonly string[]): { options: Option[]; target?: { word: string; name: string } } {
  const options: Option[] = [];
  let not = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '!') not = true;
    else if (['-j', '--jump', '-g', '--goto'].includes(word)) return { options, target: { word, name: words[at + 1] ?? '' } };
    else {
      const args: string[] = [];
      // A text may begin with a dash.
      if (word === '--comment') args.push(words[++at] ?? '');
      else while (at + 1 < words.length && !/^(?:-|!$)/.test(words[at + 1] ?? '')) args.push(words[++at] ?? '');
      options.push({ name: word, not, args });
      not = false;
    }
  }
  return { options };
}

/** Modules whose own options say all; one that is not among them may mean anything. */
const MODULES = ['comment', 'conntrack', 'state', 'tcp', 'udp', 'multiport', 'addrtype', 'pkttype', 'icmp', 'icmp6'];
const within = (holds: boolean, not: boolean): Certainty => (holds === not ? 'no' : 'yes');
const listOf = (args: readonly string[]): string[] => (args[0] ?? '').split(',');

function ofPorts(args: readonly string[], low: number, high: number): boolean {
  return listOf(args).some((item) => {
    const [from = '', to = from] = item.split(':');
    return item.includes(':') && Number(from || 0) <= low && Number(to || 65_535) >= high;
  });
}

function ofFlags([mask = '', wanted = '']: readonly string[]): boolean {
  const seen = ['SYN', 'ALL'].some((flag) => mask.split(',').includes(flag)) ? 'SYN' : 'NONE';
  return wanted === seen;
}

function conditionOf({ name, not, args }: Option): Condition | undefined {
  const [first = ''] = args;
  switch (name) {
    case '-m':
    case '--match':
      return MODULES.includes(first) ? undefined : () => 'opaque';
    case '--comment':
      return undefined;
    case '-p':
    case '--protocol':
      return ({ protocol }) => within(first === 'all' || first === '0' || first === protocol || first === { tcp: '6', udp: '17' }[protocol], not);
    case '-s':
    case '--source':
      return () => (/\/0$/.test(first) ? within(true, not) : not ? 'some' : 'no');
    case '-d':
    case '--destination':
      return () => (/\/0$/.test(first) ? within(true, not) : !not && /^(?:22[4-9]|23\d|255)\.|^ff/i.test(first) ? 'no' : 'some');
    case '-i':
    case '--in-interface':
      return () => (first === 'lo' ? within(false, not) : first === '+' ? within(true, not) : 'some');
    case '--ctstate':
    case '--state':
      return () => within(listOf(args).includes('NEW'), not);
    case '--dport':
    case '--dports':
    case '--destination-port':
    case '--destination-ports':
      return () => within(ofPorts(args, 1, 65_535), not);
    case '--sport':
    case '--sports':
    case '--source-port':
    case '--source-ports':
      return () => within(ofPorts(args, 32_768, 60_999), not);
    case '--ports':
      return () => within(ofPorts(args, 1, 65_535), not);
    case '--tcp-flags':
      return ({ protocol }) => (protocol === 'tcp' ? within(ofFlags(args), not) : 'no');
    case '--syn':
      return ({ protocol }) => (protocol === 'tcp' ? within(true, not) : 'no');
    case '--dst-type':
      return () => within(listOf(args).includes('LOCAL'), not);
    case '--pkt-type':
      return () => within(first === 'unicast', not);
    case '--icmp-type':
    case '--icmpv6-type':
    case '-f':
      return () => 'no';
    default:
      return () => 'opaque';
  }
}

function verdictOf({ word, name }: { word: string; name: string }, own: ReadonlySet<string>): Verdict {
  if (own.has(name)) return { kind: word === '-g' || word === '--goto' ? 'goto' : 'jump', chain: name };
  if (name === 'ACCEPT') return { kind: 'accept' };
  if (name === 'DROP' || name === 'REJECT') return { kind: 'refuse' };
  if (name === 'RETURN') return { kind: 'return' };
  return { kind: BYSTANDERS.has(name) ? 'none' : 'either' };
}

/** @throws UnparsableError */
export function parseIptablesRules(stdout: string): IptablesRules {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (!lines.every((line) => /^-[PNA] \S/.test(line))) throw new UnparsableError('iptables printed something other than rules');
  const policy = lines.map((line) => /^-P INPUT (ACCEPT|DROP)\s*$/.exec(line)?.[1]).find((found) => found !== undefined);
  if (policy === undefined) throw new UnparsableError('iptables did not show the policy of INPUT');
  const own = new Set(lines.map((line) => /^-N (\S+)/.exec(line)?.[1]).filter((name) => name !== undefined));
  const chains = new Map<string, Rule[]>();
  for (const line of lines) {
    if (!line.startsWith('-A ')) continue;
    const [, chain = '', ...words] = wordsOf(line);
    const { options, target } = optionsOf(words);
    // A rule without a target only counts.
    if (target === undefined) continue;
    const conditions = options.map(conditionOf).filter((condition) => condition !== undefined);
    const rules = chains.get(chain) ?? [];
    rules.push({ conditions, verdict: verdictOf(target, own) });
    chains.set(chain, rules);
  }
  return { policy: policy === 'DROP' ? 'refuse' : 'accept', chains };
}
