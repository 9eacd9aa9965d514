/** Whether loaded packet filter rules refuse what comes in: nftables as JSON, iptables as `-S` prints it. Pure. */
import { UnparsableError } from '../../model/index.ts';

type Family = 'ip' | 'ip6';
/** Which families have their input refused by default. */
export type Filtered = Readonly<Record<Family, boolean>>;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly type?: string;
  readonly policy?: string;
}
interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr?: readonly Record<string, unknown>[];
}

const MAX_JUMPS = 8;
/** Statements that let a rule match every packet; anything else narrows it. */
const TRANSPARENT = new Set(['counter', 'log', 'comment', 'limit_burst']);

/** `drop` or `reject` at the end of a rule that matches everything; the name of a chain it goes to without a match. */
function terminalOf(rule: Rule): { refuses: boolean; goes?: string } {
  const statements = (rule.expr ?? []).filter((statement) => !Object.keys(statement).every((key) => TRANSPARENT.has(key)));
  const [only] = statements;
  if (statements.length !== 1 || only === undefined) return { refuses: false };
  const target = (only.jump ?? only.goto) as { target?: unknown } | undefined;
  return { refuses: 'drop' in only || 'reject' in only, ...(typeof target?.target === 'string' ? { goes: target.target } : {}) };
}

/** `nft -j list ruleset`. An input base chain refuses when its policy drops, or when its rules end in drop or reject for everything. @throws UnparsableError */
export function filteredByNft(stdout: string): Filtered {
  let items: unknown;
  try {
    items = (JSON.parse(stdout) as { nftables?: unknown }).nftables;
  } catch {
    throw new UnparsableError('nft did not answer in JSON');
  }
  if (!Array.isArray(items)) throw new UnparsableError('nft did not list a ruleset');
  const chains = items.flatMap((item: { chain?: Chain } | null) => (item?.chain === undefined ? [] : [item.chain]));
  const rules = items.flatMap((item: { rule?: Rule } | null) => (item?.rule === undefined ? [] : [item.rule]));
  const refuses = (family: string, table: string, chain: string, depth: number): boolean =>
    depth <= MAX_JUMPS &&
    rules
      .filter((rule) => rule.family === family && rule.table === table && rule.chain === chain)
      .some((rule) => {
        const { refuses: here, goes } = terminalOf(rule);
        return here || (goes !== undefined && refuses(family, table, goes, depth + 1));
      });
  const inputs = chains.filter(
    ({ hook, type, policy, family, table, name }) => hook === 'input' && type === 'filter' && (policy === 'drop' || refuses(family, table, name, 0)),
  );
  const covers = (family: Family): boolean => inputs.some((chain) => chain.family === family || chain.family === 'inet');
  return { ip: covers('ip'), ip6: covers('ip6') };
}

/** `iptables -S` (or `ip6tables -S`): INPUT refuses by policy, or by rules that end in DROP or REJECT for everything. @throws UnparsableError */
export function refusesByIptables(stdout: string): boolean {
  const policy = /^-P INPUT (ACCEPT|DROP|REJECT)$/m.exec(stdout)?.[1];
  if (policy === undefined) throw new UnparsableError('iptables did not show the policy of INPUT');
  const refuses = (chain: string, depth: number): boolean =>
    depth <= MAX_JUMPS &&
    [...stdout.matchAll(/^-A (\S+) (?:-m comment --comment (?:"[^"\n]*"|\S+) )?-[jg] (\S+)(?: --reject-with \S+)?$/gm)]
      .filter(([, from]) => from === chain)
      .some(([, , target = '']) => target === 'DROP' || target === 'REJECT' || (/^[\w.-]+$/.test(target) && target !== 'ACCEPT' && refuses(target, depth + 1)));
  return policy !== 'ACCEPT' || refuses('INPUT', 0);
}
