/** The firewalls of Linux: firewalld, ufw, or rules that are loaded without either. An installed one is not yet a running one. */
import { attempt, DoorError, type Finding, type Host, known, notApplicable, orAbsent, UnparsableError, unknown } from '../../model/index.ts';
import { readEnvironment } from './environment.ts';
import { answerOf, isUnrecorded } from './failures.ts';
import type { Firewall } from './firewall.ts';
import { readLoadedRules } from './loaded-rules.ts';
import { isRunning } from './units.ts';

/** The value of a shell variable, the last one that is set, in lower case. */
const settingOf = (text: string, name: string): string | undefined =>
  [...text.matchAll(new RegExp(`^[ \\t]*${name}=["']?(\\w+)["']?[ \\t]*(?:#.*)?$`, 'gim'))].at(-1)?.[1]?.toLowerCase();

/** `ENABLED=yes` of ufw.conf: what it does at boot. The unit is active even while ufw is disabled, so neither is enough alone. */
export function parseUfwEnabled(text: string): boolean {
  const value = settingOf(text, 'ENABLED');
  if (value !== 'yes' && value !== 'no') throw new UnparsableError('ufw.conf does not say ENABLED=yes or no');
  return value === 'yes';
}

/** Whether ufw lets in what no rule of its own names: `DEFAULT_INPUT_POLICY` of /etc/default/ufw. Unsaid, it is "DROP". */
export const parseUfwAdmits = (text: string): boolean => settingOf(text, 'DEFAULT_INPUT_POLICY') === 'accept';

/** `on`: switched on, and its rules were loaded. `open`: so too, and everything is let in. `unsure`: switched on, and not loaded. */
type Ufw = 'on' | 'open' | 'off' | 'unsure';

/** Undefined where it is not installed. */
async function readUfw(host: Host): Promise<Ufw | undefined> {
  const text = await orAbsent(host.read('/etc/ufw/ufw.conf'));
  if (text === undefined) return undefined;
  if (!parseUfwEnabled(text)) return 'off';
  if (!(await isRunning(host, 'ufw.service'))) return 'unsure';
  const defaults = await attempt(host.read('/etc/default/ufw'));
  return typeof defaults === 'string' && parseUfwAdmits(defaults) ? 'open' : 'on';
}

/** Whether firewalld runs: systemd says so, or it answers itself. */
async function readFirewalld(host: Host): Promise<boolean | DoorError> {
  const running = await attempt(isRunning(host, 'firewalld.service'));
  if (!(running instanceof DoorError)) return running;
  const said = await attempt(host.run('firewall-cmd', ['--state']));
  return !(said instanceof DoorError) && said.exit === 0 && said.stdout.trim() === 'running' ? true : running;
}

/** The zone of interfaces that have none of their own, unsaid `public`; the zone `trusted` lets everything in. Its folder is for root alone. */
async function trustsEverybody(host: Host): Promise<boolean> {
  const text = await attempt(host.read('/etc/firewalld/firewalld.conf'));
  return typeof text === 'string' && settingOf(text, 'DefaultZone') === 'trusted';
}

/** Units that load rules of their own, beside ufw and firewalld. */
const OTHER_LOADERS = ['nftables.service', 'iptables.service', 'netfilter-persistent.service', 'shorewall.service'];

/** What a user can tell without seeing the rules: ufw is the firewall of this system, it lets all in, and nothing else loads rules. */
async function loadsNothingElse(host: Host): Promise<boolean> {
  const active = await Promise.all(OTHER_LOADERS.map((name) => attempt(isRunning(host, name))));
  return active.every((answer) => answer === false);
}

const unlessUnparsable = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => (error instanceof UnparsableError ? undefined : Promise.reject(error)));

export async function readFirewallOnLinux(host: Host): Promise<Finding<Firewall>> {
  const environment = await answerOf(readEnvironment(host));
  if (environment instanceof DoorError) {
    if (!isUnrecorded(environment)) throw environment;
  } else {
    if (environment.wsl) return notApplicable('wsl', 'The Windows host filters.');
    if (environment.container !== null) return notApplicable('container', 'The host of the container filters.');
  }
  const [firewalld, ufw] = await Promise.all([unlessUnparsable(readFirewalld(host)), attempt(unlessUnparsable(readUfw(host)))]);
  const trusting = firewalld === true && (await trustsEverybody(host));
  if (firewalld === true && !trusting) return known({ enabled: true, product: 'firewalld', ipv4Only: false }, 'firewalld');
  if (ufw === 'on') return known({ enabled: true, product: 'ufw', ipv4Only: false }, 'ufw.conf and ufw.service');
  if (host.user.uid !== 0) {
    if ((ufw === 'off' || ufw === 'open') && firewalld === false && (await loadsNothingElse(host))) {
      const cause = ufw === 'off' ? 'switched-off' : 'admits-all';
      return known({ enabled: false, product: 'ufw', ipv4Only: false, cause }, 'ufw.conf, systemd');
    }
    // Rules are shown to root only; asking as a user starts programs that refuse.
    return unknown('permission', 'Loaded rules are shown to root only.');
  }
  const rules = await attempt(readLoadedRules(host));
  if (rules instanceof DoorError) throw rules;
  const { outcome, product, ipv4Only } = rules;
  if (outcome === 'unsure') return unknown('unparsable', `The rules of ${product} refuse a part of what comes in, or say so in words that are not known here.`);
  if (outcome === 'refuses') return known({ enabled: true, product, ipv4Only }, product);
  // Named after what is there to be switched on.
  const manager = trusting ? 'firewalld' : ufw === undefined || ufw instanceof DoorError ? product : 'ufw';
  return known({ enabled: false, product: manager, ipv4Only: false, cause: trusting || ufw === 'open' ? 'admits-all' : 'switched-off' }, product);
}
