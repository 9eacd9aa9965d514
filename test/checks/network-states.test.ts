/**
 * States of a network really made, in a namespace that is thrown away, and read through the doors of the machine. Firewalls are
 * held against the truth: whether a second namespace reaches a port of the first.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeWith } from '../component.ts';
import type { Seen, Wish } from './read-here.ts';

const ADDRESSES = ['10.9.0.1', 'fd00:9::1'] as const;
/** Two namespaces with a cable between them. */
const CABLE = `
mkdir /run/netns
ip link set lo up; ip netns add peer; ip link add v0 type veth peer name v1 netns peer
ip addr add 10.9.0.1/24 dev v0; ip addr add fd00:9::1/64 dev v0 nodad; ip link set v0 up
ip -n peer addr add 10.9.0.2/24 dev v1; ip -n peer addr add fd00:9::2/64 dev v1 nodad; ip -n peer link set v1 up
`;
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
const script = path.join(import.meta.dirname, 'read-here.ts');

function inNamespace(setup: string, wish: Wish, as = ''): Seen {
  const read = `exec ${as} '${process.execPath}' --disable-warning=ExperimentalWarning '${script}' '${JSON.stringify(wish)}'`;
  // Mounts are seen in here only. Without /run the manager of the machine is out of sight: it rules another network.
  const stdout = execFileSync('unshare', ['--net', '--mount', 'bash', '-ec', `mount -t tmpfs none /run\n{ :\n${setup}\n} >/dev/null\n${read}`], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return JSON.parse(stdout) as Seen;
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
const canUnshare = process.platform === 'linux' && process.getuid?.() === 0 && works('unshare', ['--net', '--mount', 'true']);
const nobodyCanRead = canUnshare && works('setpriv', [...NOBODY.split(' ').slice(1), 'test', '-r', script]);

/** Firewall and truth; the port is open before the rules are. */
function firewall(rules: string) {
  const seen = inNamespace(`${CABLE}${rules}`, { checks: ['firewall.enabled'], reach: ADDRESSES });
  const reading = seen.readings['firewall.enabled'];
  return { verdict: reading?.verdict, because: reading?.because, reached: seen.reached, processes: seen.processes };
}
/** nft wants a line's end before it closes a chain or a table. */
const nft = (rules: string): string => `nft -f - <<'RULES'\n${rules.replace(/(?<=[;}]) \}/g, '\n}').replace(/(?<=[;}]) \}/g, '\n}')}\nRULES\n`;
const input = (rules: string, policy = 'accept', family = 'inet'): string =>
  nft(`table ${family} f { chain in { type filter hook input priority 0; policy ${policy};\n${rules}\n}\n}`);
const OPEN = [true, true];
const SHUT = [false, false];
const CONNECTED = 'ct state established,related accept; iif lo accept; icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept;';

const describeAsRoot = canUnshare ? describe : describe.skip;

describeAsRoot(`a network that is made for it${canUnshare ? '' : ' (needs root and network namespaces: run the tests as root)'}`, () => {
  describeWith('nft', 'nftables', () => {
    test.each<[string, string, string, boolean[]]>([
      ['nothing loaded', '', 'fail', OPEN],
      ['a policy that drops', input(CONNECTED, 'drop'), 'pass', SHUT],
      ['a drop for everything at the end', input(`${CONNECTED} counter drop`), 'pass', SHUT],
      ['a reject for everything at the end, a log before it', input(`${CONNECTED} log prefix "in "; reject with icmpx admin-prohibited`), 'pass', SHUT],
      ['one port that is dropped', input('tcp dport 23 drop'), 'fail', OPEN],
      [
        'a set of ports that is dropped',
        nft(
          'table inet f { set closed { type inet_service; elements = { 22, 23 }; }; chain in { type filter hook input priority 0; tcp dport @closed drop; }; }',
        ),
        'fail',
        OPEN,
      ],
      ['everything dropped but a set of ports', input(`${CONNECTED} meta l4proto { tcp, udp } th dport != { 22, 80 } reject`), 'pass', SHUT],
      ['an accept for everything before the drop', input('accept; drop'), 'fail', OPEN],
      ['a policy that drops behind an accept for everything', input('counter accept', 'drop'), 'fail', OPEN],
      [
        'new connections dropped by state',
        input('icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; iifname != "lo" ct state new,invalid drop'),
        'pass',
        SHUT,
      ],
      [
        'what is neither established nor related',
        input('icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; ct state != { established, related } drop'),
        'pass',
        SHUT,
      ],
      [
        'a map from states to verdicts, and a drop',
        input('ct state vmap { established : accept, related : accept, invalid : drop }; meta l4proto ipv6-icmp accept; drop'),
        'pass',
        SHUT,
      ],
      [
        'a jump to a chain that drops',
        nft('table inet f { chain rest { meta l4proto ipv6-icmp accept; drop; }; chain in { type filter hook input priority 0; policy accept; jump rest; }; }'),
        'pass',
        SHUT,
      ],
      [
        'a goto away from a drop',
        nft('table inet f { chain aside { tcp dport 1 drop; }; chain in { type filter hook input priority 0; policy accept; goto aside; drop; }; }'),
        'fail',
        OPEN,
      ],
      [
        'a chain that nobody jumps to',
        nft('table inet f { chain rest { drop; }; chain in { type filter hook input priority 0; policy accept; }; }'),
        'fail',
        OPEN,
      ],
      [
        'an accept in one table, a drop in a later one',
        input('accept') + nft('table inet g { chain in { type filter hook input priority 10; policy accept; meta l4proto ipv6-icmp accept; drop; } }'),
        'pass',
        SHUT,
      ],
      ['first packets of TCP alone', input('tcp flags & (fin|syn|rst|ack) == syn drop'), 'fail', SHUT],
      ['IPv6 alone', input(CONNECTED, 'drop', 'ip6'), 'fail', [true, false]],
      ['IPv4 alone', input('ct state established accept', 'drop', 'ip'), 'pass', [false, true]],
      [
        'what Docker loads',
        nft(
          'table ip filter { chain DOCKER-USER { return; }; chain FORWARD { type filter hook forward priority 0; policy drop; jump DOCKER-USER; }; }\ntable ip nat { chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; }; }',
        ),
        'fail',
        OPEN,
      ],
      ['a bridge', nft('table bridge b { chain in { type filter hook input priority 0; policy drop; } }'), 'fail', OPEN],
    ])('%s', (_name, rules, verdict, reached) => {
      const seen = firewall(rules);
      expect({ verdict: seen.verdict, reached: seen.reached }).toEqual({ verdict, reached });
      expect(seen.processes).toBeLessThanOrEqual(3);
    });

    test('a table that is switched off is no firewall, whether nft prints so or garbles it', () => {
      const { verdict, reached } = firewall(nft('table inet f { flags dormant; chain in { type filter hook input priority 0; policy drop; } }'));
      expect(reached).toEqual(OPEN);
      expect(['fail', 'unknown']).toContain(verdict);
    });

    (nobodyCanRead ? test : test.skip)('an ordinary user sees no rules: not known, and no program is started for it', () => {
      const { readings, processes } = inNamespace(input('', 'drop'), { checks: ['firewall.enabled'] }, NOBODY);
      expect(readings['firewall.enabled']).toMatchObject({ status: 'unknown', reason: 'permission' });
      expect(processes).toBeLessThanOrEqual(1);
    });
  });

  describeWith('iptables', 'iptables', () => {
    const both = (...rules: string[]): string => rules.flatMap((rule) => [`iptables-nft ${rule}`, `ip6tables-nft ${rule}`]).join('\n');
    test.each<[string, string, string, boolean[]]>([
      [
        'a policy that drops',
        both(
          '-P INPUT DROP',
          '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
          '-A INPUT -p tcp --dport 22 -m comment --comment "-j ACCEPT" -j ACCEPT',
        ),
        'pass',
        SHUT,
      ],
      [
        'a policy that drops behind an accept for new connections',
        `${both('-P INPUT DROP', '-A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT')}\nip6tables-nft -A INPUT -p icmpv6 -j ACCEPT`,
        'fail',
        OPEN,
      ],
      [
        'a reject at the end',
        `ip6tables-nft -A INPUT -p icmpv6 -j ACCEPT\n${both('-A INPUT -m state --state ESTABLISHED -j ACCEPT', '-A INPUT -m limit --limit 3/min -j LOG', '-A INPUT -j REJECT')}`,
        'pass',
        SHUT,
      ],
      [
        'a return for what is for this machine, before a drop',
        `ip6tables-nft -A INPUT -p icmpv6 -j ACCEPT\n${both('-N guard', '-A guard -m addrtype --dst-type LOCAL -j RETURN', '-A guard -j DROP', '-A INPUT -j guard')}`,
        'fail',
        OPEN,
      ],
      [
        'what Tailscale loads',
        both('-N ts-input', '-A ts-input -i tailscale0 -j ACCEPT', '-A INPUT -j ts-input') +
          '\niptables-nft -I ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP',
        'fail',
        OPEN,
      ],
    ])('the newer make: %s', (_name, rules, verdict, reached) => {
      const seen = firewall(rules);
      expect({ verdict: seen.verdict, reached: seen.reached }).toEqual({ verdict, reached });
    });

    const legacy = canUnshare && works('unshare', ['--net', 'iptables-legacy', '-S']);
    (legacy ? test : test.skip)('the older make, which nft does not show', () => {
      const rules = ['iptables-legacy', 'ip6tables-legacy']
        .map((program) => `${program} -P INPUT DROP; ${program} -A INPUT -m state --state ESTABLISHED -j ACCEPT`)
        .join('\n');
      expect(firewall(rules)).toMatchObject({ verdict: 'pass', reached: SHUT });
      expect(firewall(rules.replaceAll('-P INPUT DROP', '-P INPUT ACCEPT'))).toMatchObject({ verdict: 'fail', reached: OPEN });
    });
  });

  describeWith('ufw', 'ufw', () => {
    // A copy stands before the settings of this machine, and goes with the namespace.
    const own = 'mkdir /run/copy; cp -a /etc/ufw /etc/default /run/copy; for part in ufw default; do mount --bind /run/copy/$part /etc/$part; done';
    test('switched on it refuses, told to allow everything it does not, switched off neither', () => {
      expect(firewall(`${own}\nufw --force enable`)).toMatchObject({ verdict: 'pass', reached: SHUT });
      expect(firewall(`${own}\nufw default allow incoming; ufw --force enable`)).toMatchObject({ verdict: 'fail', reached: OPEN });
      expect(firewall(`${own}\nufw --force enable; ufw --force disable`)).toMatchObject({ verdict: 'fail', because: 'ufw is switched off.', reached: OPEN });
    });
  });

  describe('open ports', () => {
    const checks = ['net.listening', 'remote.ssh', 'remote.desktop', 'remote.file_sharing'];
    const ports = ({ readings }: Seen): string[] => {
      const value = (readings['net.listening']?.value ?? { open: [] }) as { open: { protocol: string; port: number }[] };
      return value.open.map(({ protocol, port }) => `${protocol}/${port}`);
    };
    test('those for this machine alone do not count, those for others do, over IPv4, IPv6 and both', () => {
      const seen = inNamespace('ip link set lo up', {
        checks,
        listen: [
          'tcp 127.0.0.1 631',
          'tcp ::1 5432',
          'tcp 127.0.0.53 53',
          'tcp 0.0.0.0 22',
          'tcp :: 8080',
          'udp 0.0.0.0 161',
          'udp :: 5353',
          'udp 0.0.0.0 40000',
          'udp 127.0.0.1 323',
        ],
      });
      expect(ports(seen)).toEqual(['tcp/22', 'tcp/8080', 'udp/161', 'udp/5353']);
      expect(seen.readings['net.listening']).toMatchObject({ verdict: 'fail', because: 'Ports are open to other machines: tcp/22, tcp/8080.' });
      expect(seen.readings['remote.ssh']).toMatchObject({ verdict: 'fail' });
      expect(seen.readings['remote.desktop']).toMatchObject({ verdict: 'pass' });
      expect(seen.readings['remote.file_sharing']).toMatchObject({ verdict: 'pass' });
    });
    (nobodyCanRead ? test : test.skip)('a user sees the same', () => {
      const listen = ['tcp :: 3389', 'tcp 0.0.0.0 4450', 'tcp ::ffff:127.0.0.1 5900'];
      const [root, nobody] = ['', NOBODY].map((as) => inNamespace('ip link set lo up', { checks, listen }, as));
      if (root === undefined || nobody === undefined) throw new Error('not read');
      expect(ports(nobody)).toEqual(['tcp/3389', 'tcp/4450']);
      expect(ports(nobody)).toEqual(ports(root));
      expect(nobody.readings['remote.desktop']).toMatchObject({ verdict: 'fail' });
      expect(nobody.readings['remote.ssh']).toMatchObject({ verdict: 'pass' });
    });
    test('nothing at all', () => {
      expect(inNamespace('', { checks }).readings['net.listening']).toMatchObject({ verdict: 'pass', value: { open: [] } });
    });
  });
});
