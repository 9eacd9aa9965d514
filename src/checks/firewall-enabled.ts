/** Whether a firewall refuses what comes in. How that is seen on each system stands in `sources/firewall-*.ts`. */
import { Type } from 'typebox';
import { defineCheck, event, fail, file, pass, registryKey, unit } from '../model/index.ts';
import { switchFirewallOn } from './remedies/firewall-enabled.ts';
import { Firewall } from './sources/firewall.ts';
import { readFirewallOnLinux } from './sources/firewall-linux.ts';
import { readMacFirewall } from './sources/firewall-macos.ts';
import { FIREWALL_NEEDS, productFiles, readFirewallOnWindows } from './sources/firewall-windows.ts';

/** What is wrong, in one sentence. */
function describeGap({ product, cause, profiles }: Firewall): string {
  const where = profiles === undefined || profiles.length === 0 ? '' : ` for ${profiles.join(' and ')} networks`;
  if (product === 'none' || product === 'nftables' || product === 'iptables') return 'No firewall refuses incoming connections.';
  if (cause === 'service-stopped') return `The service of ${product} does not run.`;
  if (cause === 'admits-all') return `${product} runs${where} and lets all incoming connections in.`;
  return `${product} is switched off${where}.`;
}

export default defineCheck({
  id: 'firewall.enabled',
  title: 'Firewall is on',
  why: 'It keeps other computers in the same network from reaching programs on this one.',
  group: 'network',
  owner: 'user',
  cost: 'process',
  // The system report of macOS is the last that is asked, and takes its time.
  timeoutMs: 12_000,
  value: Firewall,
  params: Type.Object({ ipv6: Type.Boolean({ default: false, description: 'A firewall for IPv4 alone does not do.' }) }),
  read: {
    linux: readFirewallOnLinux,
    darwin: (host) =>
      readMacFirewall<Firewall>(host, ({ enabled }) =>
        enabled === undefined ? undefined : { enabled, product: 'macOS firewall', ipv4Only: false, ...(enabled ? {} : { cause: 'switched-off' }) },
      ),
    win32: { needs: FIREWALL_NEEDS, files: productFiles, from: readFirewallOnWindows },
  },
  excuses: { linux: ['container', 'wsl'] },
  watch: {
    linux: [
      file('/etc/ufw/ufw.conf'),
      file('/etc/default/ufw'),
      ...['ufw', 'firewalld', 'nftables', 'iptables'].map((name) => unit(`${name}.service`)),
      event('packet-filter'),
    ],
    darwin: [file('/Library/Preferences/com.apple.alf.plist'), file('/Library/Managed Preferences/com.apple.security.firewall.plist')],
    win32: FIREWALL_NEEDS.flatMap((need) => (need.door === 'registry' ? [registryKey(need.key)] : [])),
  },
  judge: (firewall, { ipv6 }) => {
    if (!firewall.enabled) return fail(describeGap(firewall));
    const { product, ipv4Only } = firewall;
    if (ipv4Only) return ipv6 ? fail(`${product} is on for IPv4 only: what comes in over IPv6 is not filtered.`) : pass(`${product} is on, for IPv4 only.`);
    return pass(`${product} is on.`);
  },
  remedy: switchFirewallOn,
  controls: [
    ...['NIST 800-53 SC-7', 'NIST 800-53 SC-7(12)', 'NIST 800-53 AC-4', 'CIS macOS 2.2.1'],
    ...['CIS Windows 9.1.1 (unverified)', 'CIS Windows 9.2.1 (unverified)', 'CIS Windows 9.3.1 (unverified)', 'CIS Ubuntu 4 (unverified)'],
  ],
});
