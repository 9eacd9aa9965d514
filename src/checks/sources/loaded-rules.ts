/** The packet filter rules that a Linux kernel has loaded, as root sees them: nftables, then iptables in either make. */
import { attempt, DoorError, type Host, orAbsent } from '../../model/index.ts';
import { answerOf } from './failures.ts';
import { type Family, type Filtered, filteredByNft, refusesByIptables } from './packet-filter.ts';
import type { Outcome } from './rule-walk.ts';

export interface LoadedRules {
  readonly outcome: Outcome;
  readonly product: string;
  /** Ordinary connections over IPv6 are let in. */
  readonly ipv4Only: boolean;
}

const DENIED = /permission denied|operation not permitted|must be root|need to be root/i;
const PROGRAMS: Readonly<Record<Family, string>> = { ip: 'iptables', ip6: 'ip6tables' };
/** Of nftables, and of both makes of iptables. */
const FILTER_MODULES = /^(?:nf_tables|x_tables|ip_tables|ip6_tables|iptable_filter|ip6table_filter) /m;

async function ask(host: Host, program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, exit } = await host.run(program, args);
  if (exit !== 0) throw new DoorError(DENIED.test(stderr) ? 'EACCES' : 'EOUTPUT', `run ${program}: exit ${exit}`);
  return stdout;
}

/** The old make of iptables lists its loaded tables here, and nft does not show their rules. */
async function usesLegacyTables(host: Host, family: Family): Promise<boolean> {
  const names = await attempt(orAbsent(host.read(`/proc/net/${family}_tables_names`)));
  return typeof names === 'string' && /^filter$/m.test(names);
}

/** What iptables shows. Where both makes are installed, the plain name is that of the newer one. */
async function readIptables(host: Host, family: Family, legacy: boolean): Promise<Outcome> {
  if (legacy) {
    const old = await attempt(ask(host, `${PROGRAMS[family]}-legacy`, ['-S']));
    if (!(old instanceof DoorError)) return refusesByIptables(old, family);
    if (old.code !== 'ENOENT' && old.code !== 'ENOTRECORDED') throw old;
  }
  return refusesByIptables(await ask(host, PROGRAMS[family], ['-S']), family);
}

/** What becomes of new connections of one family. @throws DoorError where that cannot be told. */
async function readFamily(host: Host, family: Family, nft: Filtered | DoorError): Promise<{ outcome: Outcome; product: string }> {
  const listed = nft instanceof DoorError ? undefined : nft[family];
  if (listed?.all === 'refuses') return { outcome: 'refuses', product: 'nftables' };
  const legacy = await usesLegacyTables(host, family);
  if (listed?.all === 'admits' && !legacy) return { outcome: 'admits', product: 'nftables' };
  const iptables = await answerOf(readIptables(host, family, legacy));
  if (iptables === 'refuses') return { outcome: 'refuses', product: 'iptables' };
  if (listed !== undefined) {
    if (iptables instanceof DoorError) {
      if (legacy) throw iptables;
      return { outcome: listed.all, product: 'nftables' };
    }
    // The newer make of iptables says in full what nft only names; old tables stand beside those of nftables.
    const beside = legacy ? listed.all : listed.beside;
    return { outcome: iptables === 'admits' ? beside : 'unsure', product: 'iptables' };
  }
  // That iptables shows nothing does not say that nftables holds nothing, unless there is no such program.
  if (nft instanceof DoorError && nft.code !== 'ENOENT') throw nft;
  if (iptables instanceof DoorError) throw iptables;
  return { outcome: iptables, product: 'iptables' };
}

/** Neither programs that could load rules nor the parts of the kernel that would hold them. */
async function hasNoFilter(host: Host): Promise<boolean> {
  const modules = await attempt(host.read('/proc/modules'));
  return typeof modules === 'string' && !FILTER_MODULES.test(modules);
}

/** @throws DoorError where the rules cannot be seen: the failure that says most. */
export async function readLoadedRules(host: Host): Promise<LoadedRules> {
  const nft = await answerOf(ask(host, 'nft', ['-j', 'list', 'ruleset']).then(filteredByNft));
  const ip = await attempt(readFamily(host, 'ip', nft));
  if (ip instanceof DoorError) {
    if (ip.code === 'ENOENT' && (await hasNoFilter(host))) return { outcome: 'admits', product: 'none', ipv4Only: false };
    throw ip;
  }
  if (ip.outcome !== 'refuses') return { ...ip, ipv4Only: false };
  const ip6 = await attempt(readFamily(host, 'ip6', nft));
  return { ...ip, ipv4Only: ip6 instanceof DoorError || ip6.outcome !== 'refuses' };
}
