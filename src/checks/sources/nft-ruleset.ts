/** Input chains of nftables, from `nft -j list ruleset`: libnftables-json(5). Pure. */
import { UnparsableError } from '../../model/index.ts';
import { conditionOf } from './nft-match.ts';
import type { Chains, Condition, Rule, Verdict } from './rule-walk.ts';

/** A chain that sees what comes in for this computer, with all chains that its rules may go to. */
export interface InputChain {
  readonly family: 'ip' | 'ip6' | 'inet';
  readonly table: string;
  readonly name: string;
  readonly policy: 'accept' | 'refuse';
  readonly chains: Chains;
  /** The table has a flag that this listing does not spell out: it may be switched off. */
  readonly doubtful: boolean;
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Families whose input hook is that of the computer. `netdev` and `bridge` look at frames, `arp` at addresses. */
const FAMILIES = ['ip', 'ip6', 'inet'];
const FLAGS = ['dormant', 'owner', 'persist'];

/** Targets of iptables that leave a packet on its way. */
export const BYSTANDERS: ReadonlySet<string> = new Set([
  ...['LOG', 'NFLOG', 'ULOG', 'AUDIT', 'TRACE', 'MARK', 'CONNMARK', 'SET', 'TCPMSS', 'CT', 'NOTRACK', 'TTL', 'HL', 'DSCP', 'TOS'],
  ...['CHECKSUM', 'CLASSIFY', 'IDLETIMER', 'SECMARK', 'CONNSECMARK', 'LED', 'RATEEST', 'HMARK', 'TEE', 'ECN'],
]);
const TRANSPARENT = new Set(['counter', 'log', 'mangle', 'notrack', 'comment', 'ct helper', 'ct timeout', 'ct expectation', 'flow', 'last', 'secmark', 'dup']);

const targetOf = (value: unknown): string => (isObject(value) && typeof value.target === 'string' ? value.target : '');

/** The verdict that a statement is, or undefined for one that is none. */
function verdictOf(statement: Json): Verdict | undefined {
  if ('accept' in statement) return { kind: 'accept' };
  if ('drop' in statement || 'reject' in statement) return { kind: 'refuse' };
  if ('return' in statement) return { kind: 'return' };
  if ('continue' in statement) return { kind: 'none' };
  if ('jump' in statement) return { kind: 'jump', chain: targetOf(statement.jump) };
  if ('goto' in statement) return { kind: 'goto', chain: targetOf(statement.goto) };
  // A program decides.
  if ('queue' in statement || 'synproxy' in statement || 'tproxy' in statement) return { kind: 'either' };
  return undefined;
}

const opaque: Condition = () => 'opaque';

/** What iptables wrote: its extensions are named, and what they were told is not. */
function ofExtension(xt: unknown): { condition?: Condition; verdict?: Verdict } {
  if (!isObject(xt)) return { condition: opaque, verdict: { kind: 'either' } };
  if (xt.type !== 'target') return xt.name === 'comment' ? {} : { condition: opaque };
  if (xt.name === 'REJECT' || xt.name === 'DROP') return { verdict: { kind: 'refuse' } };
  return BYSTANDERS.has(String(xt.name)) ? {} : { verdict: { kind: 'either' } };
}

/** A verdict map is as many rules as it has elements. */
function ofMap(vmap: unknown, conditions: readonly Condition[]): Rule[] {
  const elements = isObject(vmap) && isObject(vmap.data) ? vmap.data.set : undefined;
  if (!isObject(vmap) || !Array.isArray(elements)) return [{ conditions: [...conditions, opaque], verdict: { kind: 'either' } }];
  return elements.map((element) => {
    const [right, statement] = Array.isArray(element) ? element : [];
    const verdict = isObject(statement) ? verdictOf(statement) : undefined;
    return { conditions: [...conditions, conditionOf({ op: '==', left: vmap.key, right })], verdict: verdict ?? { kind: 'either' } };
  });
}

/** The statements of one rule, from left to right, up to its verdict. */
function rulesOf(expr: readonly unknown[]): Rule[] {
  const conditions: Condition[] = [];
  for (const statement of expr) {
    if (!isObject(statement)) return [{ conditions: [...conditions, opaque], verdict: { kind: 'either' } }];
    const verdict = verdictOf(statement);
    if (verdict !== undefined) return [{ conditions, verdict }];
    if ('match' in statement) conditions.push(conditionOf(statement.match));
    else if ('vmap' in statement) return ofMap(statement.vmap, conditions);
    else if ('xt' in statement) {
      const extension = ofExtension(statement.xt);
      if (extension.condition !== undefined) conditions.push(extension.condition);
      if (extension.verdict !== undefined) return [{ conditions, verdict: extension.verdict }];
      // Beyond a rate nobody waits for; within it the first packet of a connection passes the statement.
    } else if ('limit' in statement) conditions.push(isObject(statement.limit) && statement.limit.inv === true ? () => 'no' : opaque);
    else if (!Object.keys(statement).every((key) => TRANSPARENT.has(key))) conditions.push(opaque);
  }
  return [];
}

/** @throws UnparsableError */
export function parseNftRuleset(stdout: string): InputChain[] {
  let items: unknown;
  try {
    items = (JSON.parse(stdout) as { nftables?: unknown } | null)?.nftables;
  } catch {
    throw new UnparsableError('nft did not answer in JSON');
  }
  // A list without its head was cut, or comes from something else.
  if (!Array.isArray(items) || items.some((item) => !isObject(item))) throw new UnparsableError('nft did not list a ruleset');
  const all = (kind: string): Json[] => (items as Json[]).map((item) => item[kind]).filter(isObject);
  const tables = new Map<string, Map<string, Rule[]>>();
  for (const { family, table, chain, expr } of all('rule')) {
    const key = `${family} ${table}`;
    const chains = tables.get(key) ?? new Map<string, Rule[]>();
    tables.set(key, chains);
    const rules = rulesOf(Array.isArray(expr) ? expr : []);
    chains.set(String(chain), [...(chains.get(String(chain)) ?? []), ...rules]);
  }
  const flags = new Map(all('table').map(({ family, name, flags: set }) => [`${family} ${name}`, set === undefined ? [] : [set].flat().map(String)]));
  return all('chain').flatMap(({ family, table, name, hook, type, policy }) => {
    const key = `${family} ${table}`;
    const set = flags.get(key) ?? [];
    if (hook !== 'input' || type !== 'filter' || !FAMILIES.includes(String(family)) || set.includes('dormant')) return [];
    if (policy !== undefined && policy !== 'accept' && policy !== 'drop') throw new UnparsableError('a chain has a policy that nftables does not have');
    return [
      {
        family: family as InputChain['family'],
        table: String(table),
        name: String(name),
        policy: policy === 'drop' ? ('refuse' as const) : ('accept' as const),
        chains: tables.get(key) ?? new Map(),
        doubtful: set.some((flag) => !FLAGS.includes(flag)),
      },
    ];
  });
}
