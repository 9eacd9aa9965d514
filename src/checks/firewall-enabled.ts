/** Whether a firewall refuses what comes in: firewalld, ufw, or loaded rules. An installed one is not yet a running one. */
import { Type } from 'typebox';
import {
  attempt,
  DoorError,
  defineCheck,
  type Finding,
  fail,
  file,
  type Host,
  known,
  notApplicable,
  orAbsent,
  pass,
  UnparsableError,
  unit,
  unknown,
} from '../model/index.ts';
import { readEnvironment } from './sources/environment.ts';
import { type Filtered, filteredByNft, refusesByIptables } from './sources/packet-filter.ts';
import { isRunning } from './sources/units.ts';

interface Firewall {
  readonly enabled: boolean;
  readonly product: string;
  /** Filters IPv4 only. */
  readonly ipv4Only: boolean;
}
type Answer = Firewall | DoorError;

/** `ENABLED=yes` of ufw.conf: what it does at boot. The unit is active even while ufw is disabled, so neither is enough alone. */
export function parseUfwEnabled(text: string): boolean {
  const value = [...text.matchAll(/^[ \t]*ENABLED=["']?(\w+)["']?[ \t]*(?:#.*)?$/gim)].at(-1)?.[1]?.toLowerCase();
  if (value !== 'yes' && value !== 'no') throw new UnparsableError('ufw.conf does not say ENABLED=yes or no');
  return value === 'yes';
}

/** `on`: switched on, and its rules were loaded. `off`: switched off. `unsure`: switched on, and not loaded. Undefined where it is not installed. */
async function readUfw(host: Host): Promise<'on' | 'off' | 'unsure' | undefined> {
  const text = await orAbsent(host.read('/etc/ufw/ufw.conf'));
  if (text === undefined) return undefined;
  if (!parseUfwEnabled(text)) return 'off';
  return (await isRunning(host, 'ufw.service')) ? 'on' : 'unsure';
}

/** Units that load rules of their own, beside ufw and firewalld. */
const OTHER_LOADERS = ['nftables.service', 'iptables.service', 'netfilter-persistent.service', 'shorewall.service'];

/** What a user can tell without seeing the rules: ufw is the firewall of this system, it is switched off, and nothing else loads rules. */
async function isSwitchedOff(host: Host): Promise<boolean> {
  const active = await Promise.all(OTHER_LOADERS.map((name) => attempt(isRunning(host, name))));
  return active.every((answer) => answer === false);
}

const DENIED = /permission denied|operation not permitted|must be root|need to be root/i;

async function readNft(host: Host): Promise<Filtered> {
  const { stdout, stderr, exit } = await host.run('nft', ['-j', 'list', 'ruleset']);
  if (exit !== 0) throw new DoorError(DENIED.test(stderr) ? 'EACCES' : 'EOUTPUT', `run nft: exit ${exit}`);
  return filteredByNft(stdout);
}

async function readIptables(host: Host): Promise<Filtered> {
  const ask = async (program: string): Promise<boolean> => {
    const { stdout, stderr, exit } = await host.run(program, ['-S']);
    if (exit !== 0) throw new DoorError(DENIED.test(stderr) ? 'EACCES' : 'EOUTPUT', `run ${program}: exit ${exit}`);
    return refusesByIptables(stdout);
  };
  const ip = await ask('iptables');
  const ip6 = ip ? await attempt(ask('ip6tables')).catch(() => false) : false;
  return { ip, ip6: ip6 === true };
}

/** The failure that says most: a refusal or a time-out outranks an absent tool. */
function tellingFailure(failures: readonly unknown[]): unknown {
  const rank = (error: unknown): number => (error instanceof DoorError ? ['ENOTRECORDED', 'ENOENT', 'ENOSYSTEMD'].indexOf(error.code) : -1);
  return [...failures].sort((a, b) => rank(a) - rank(b))[0];
}

/** Loaded rules, seen by those who may: nftables first, then iptables, which has tables of its own on old systems. */
async function readRules(host: Host): Promise<Answer> {
  const failures: unknown[] = [];
  for (const [product, read] of [
    ['nftables', readNft],
    ['iptables', readIptables],
  ] as const) {
    try {
      const filtered = await read(host);
      if (filtered.ip) return { enabled: true, product, ipv4Only: !filtered.ip6 };
      // iptables shows what nftables holds unless it is the old kind, whose rules nft does not list.
      if (product === 'iptables' || !(await usesLegacyTables(host))) return { enabled: false, product, ipv4Only: false };
    } catch (error) {
      failures.push(error);
    }
  }
  const failure = tellingFailure(failures);
  if (failure instanceof DoorError) return failure;
  throw failure;
}

/** The old kind lists its loaded tables here; the file may be there without any. */
async function usesLegacyTables(host: Host): Promise<boolean> {
  const names = await attempt(host.read('/proc/net/ip_tables_names'));
  return !(names instanceof DoorError) && names.trim() !== '';
}

async function readLinux(host: Host): Promise<Finding<Firewall>> {
  const environment = await attempt(readEnvironment(host));
  if (!(environment instanceof DoorError)) {
    if (environment.wsl) return notApplicable('wsl', 'The Windows host filters.');
    if (environment.container !== null) return notApplicable('container', 'The host of the container filters.');
  }
  const [firewalld, ufw] = await Promise.all([
    attempt(isRunning(host, 'firewalld.service')),
    attempt(readUfw(host).catch((error) => (error instanceof UnparsableError ? undefined : Promise.reject(error)))),
  ]);
  if (firewalld === true) return known({ enabled: true, product: 'firewalld', ipv4Only: false }, 'systemd: firewalld.service');
  if (ufw === 'on') return known({ enabled: true, product: 'ufw', ipv4Only: false }, 'ufw.conf and ufw.service');
  if (host.user.uid !== 0 && ufw === 'off' && firewalld === false && (await isSwitchedOff(host))) {
    return known({ enabled: false, product: 'ufw', ipv4Only: false }, 'ufw.conf, systemd');
  }
  // Rules are shown to root only; asking as a user starts programs that refuse.
  const rules = host.user.uid === 0 ? await readRules(host) : new DoorError('EACCES', 'loaded rules are shown to root only');
  if (!(rules instanceof DoorError)) return known(rules, rules.product);
  return unknown(
    rules.code === 'EACCES' ? 'permission' : rules.code === 'ETIMEDOUT' ? 'timeout' : rules.code === 'ENOENT' ? 'missing-tool' : 'unparsable',
    rules.message,
  );
}

export default defineCheck({
  id: 'firewall.enabled',
  title: 'Firewall is on',
  why: 'It keeps other computers in the same network from reaching programs on this one.',
  group: 'network',
  owner: 'user',
  cost: 'process',
  value: Type.Object({ enabled: Type.Boolean(), product: Type.String({ maxLength: 64 }), ipv4Only: Type.Boolean() }),
  params: Type.Object({}),
  read: { linux: readLinux },
  excuses: { linux: ['container', 'wsl'] },
  watch: { linux: [file('/etc/ufw/ufw.conf'), unit('ufw.service'), unit('firewalld.service'), unit('nftables.service')] },
  judge: ({ enabled, product, ipv4Only }) => {
    if (!enabled) return fail(product === 'ufw' ? 'ufw is switched off.' : 'No firewall refuses incoming connections.');
    return pass(ipv4Only ? `${product} is on, for IPv4 only.` : `${product} is on.`);
  },
  remedy: (_value, platform) => ({
    steps:
      platform === 'linux'
        ? [
            'Ubuntu, Debian: open a terminal and type: sudo ufw enable (first "sudo ufw allow OpenSSH" if you administer this device remotely; "sudo apt install ufw" if it is missing).',
            'Fedora: open a terminal and type: sudo systemctl enable --now firewalld',
          ]
        : platform === 'darwin'
          ? ['Open System Settings > Network > Firewall.', 'Switch it on.']
          : ['Open Windows Security > Firewall & network protection.', 'Switch the firewall on for Domain, Private and Public.'],
    ...(platform === 'darwin'
      ? { open: 'x-apple.systempreferences:com.apple.Network-Settings.extension?Firewall' }
      : platform === 'win32'
        ? { open: 'windowsdefender://network' }
        : {}),
  }),
  controls: ['NIST 800-53 SC-7', 'NIST 800-53 AC-4', 'CIS Ubuntu 4 (unverified)'],
});
