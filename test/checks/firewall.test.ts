/** Firewalls in states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { checkById } from '../../src/checks/index.ts';
import type { Platform, Remedy } from '../../src/model/index.ts';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

const remedyOf = (check: string, value: unknown, platform: Platform): Remedy => {
  const found = checkById(check)?.remedy(value, platform);
  if (found === undefined) throw new Error(`no check ${check}`);
  return found;
};
const english = (remedy: Remedy): string => remedy.steps.map(({ en }) => en).join('\n');

describe('firewall.enabled on Windows', () => {
  const policyRoot = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall';
  const localRoot = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy';
  const key = (path: string, answer: object) => ({ registry: path, ...answer });
  const policy = (profile: string, answer: object) => key(`${policyRoot}\\${profile}`, answer);
  const local = (profile: string, values: object) => key(`${localRoot}\\${profile}`, { values });
  const noPolicy = ['DomainProfile', 'PrivateProfile', 'StandardProfile', 'PublicProfile'].map((profile) => policy(profile, { error: 'ENOENT' }));
  const localOn = ['DomainProfile', 'StandardProfile', 'PublicProfile'].map((profile) => local(profile, { EnableFirewall: 1 }));
  const active = (...enabled: unknown[]) => ({
    cim: ['root/StandardCimv2', 'MSFT_NetFirewallProfile'],
    rows: ['Domain', 'Private', 'Public'].map((Name, index) => ({ Name, Enabled: enabled[index] ?? 1, DefaultInboundAction: 0 })),
  });
  const refused = { cim: ['root/StandardCimv2', 'MSFT_NetFirewallProfile'], error: 'EACCES' };
  const running = { service: 'mpssvc', state: 'running', start: 'auto' };
  const products = (...rows: object[]) => ({ cim: ['root/SecurityCenter2', 'FirewallProduct'], rows });
  const exe = 'C:\\Program Files\\Example\\agent.exe';
  const product = (productState: unknown, path = exe) => ({ displayName: 'Example Firewall', productState, pathToSignedReportingExe: path });
  const file = { stat: exe, type: 'file', size: 1, mtime: '2026-09-20T10:00:00Z' };
  const read = (...calls: object[]) =>
    readOnWindows('firewall.enabled', [...(calls as Record<string, unknown>[]), running, products(), ...noPolicy, ...localOn]);

  test('a profile that is off is named, and so is the switch to click', async () => {
    const { verdict, because, reading } = await read(active(1, 0, 1));
    expect({ verdict, because }).toEqual({ verdict: 'fail', because: 'Windows Defender Firewall is switched off for Private networks.' });
    if (reading.status !== 'known') throw new Error('not read');
    const remedy = remedyOf('firewall.enabled', reading.value, 'win32');
    expect(english(remedy)).toContain('Private network');
    expect(english(remedy)).not.toContain('Public network');
  });
  test('names of states instead of numbers: "False" is not true', async () => {
    expect(await read(active('True', 'True', 'False'))).toMatchObject({ verdict: 'fail' });
    expect(await read(active(true, 'True', 1))).toMatchObject({ verdict: 'pass' });
    expect(await read(active('Falsch', 'Falsch', 'Falsch'), local('PublicProfile', { EnableFirewall: 0 }))).toMatchObject({ verdict: 'fail' });
  });
  test('a profile that CIM leaves to the default is looked up in the registry', async () => {
    expect(await read(active(1, 1, 2))).toMatchObject({ verdict: 'pass' });
    expect(await read(active(1, 1, 2), local('PublicProfile', { EnableFirewall: 0 }))).toMatchObject({ verdict: 'fail' });
  });
  test('profiles that are on and let everything in', async () => {
    const rows = ['Domain', 'Private', 'Public'].map((Name) => ({ Name, Enabled: 1, DefaultInboundAction: Name === 'Public' ? 2 : 4 }));
    const { verdict, because } = await read({ cim: ['root/StandardCimv2', 'MSFT_NetFirewallProfile'], rows });
    expect({ verdict, because }).toEqual({
      verdict: 'fail',
      because: 'Windows Defender Firewall runs for Public networks and lets all incoming connections in.',
    });
    expect(await read(refused, local('PublicProfile', { EnableFirewall: 1, DefaultInboundAction: 0 }))).toMatchObject({ verdict: 'fail' });
  });
  test.each([
    ['policy switches the private profile off by its new name', [policy('PrivateProfile', { values: { EnableFirewall: 0 } })], 'fail'],
    ['by its old name', [policy('StandardProfile', { values: { EnableFirewall: 0 } })], 'fail'],
    [
      'the new name counts before the old one',
      [policy('PrivateProfile', { values: { EnableFirewall: 1 } }), policy('StandardProfile', { values: { EnableFirewall: 0 } })],
      'pass',
    ],
    [
      'policy switches on what is off locally',
      [policy('PublicProfile', { values: { EnableFirewall: 1 } }), local('PublicProfile', { EnableFirewall: 0 })],
      'pass',
    ],
    [
      'a policy without the value leaves it to the local one',
      [policy('PublicProfile', { values: { DisableNotifications: 1 } }), local('PublicProfile', { EnableFirewall: 0 })],
      'fail',
    ],
    ['a policy that may not be read', [policy('PublicProfile', { error: 'EACCES' })], 'unknown'],
    ['a value that is no number', [local('PublicProfile', { EnableFirewall: 'ja' })], 'unknown'],
    ['local settings without the value: on, as the system comes', [local('PublicProfile', {})], 'pass'],
    ['no local settings at all', [key(`${localRoot}\\PublicProfile`, { error: 'ENOENT' })], 'unknown'],
  ])('from the registry, where CIM refuses: %s', async (_name, calls, verdict) => {
    expect(await read(refused, ...calls)).toMatchObject({ verdict });
  });
  test.each([
    ['stopped', { state: 'stopped', start: 'auto' }, 'fail'],
    ['paused', { state: 'paused', start: 'auto' }, 'fail'],
    ['starting', { state: 'pending', start: 'auto' }, 'unknown'],
  ])('the service is %s', async (_name, state, verdict) => {
    expect(await read(active(), { service: 'mpssvc', ...state })).toMatchObject({ verdict });
  });
  test('the service may not be seen: profiles in force are shown only while it runs, stored ones always', async () => {
    const hidden = { service: 'mpssvc', error: 'EACCES' };
    const start = (Start: number) => key('HKLM\\SYSTEM\\CurrentControlSet\\Services\\mpssvc', { values: { Start } });
    expect(await read(active(), hidden, start(2))).toMatchObject({ verdict: 'pass' });
    expect(await read(refused, hidden, start(2))).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await read(refused, hidden, start(4))).toMatchObject({ verdict: 'fail', because: 'The service of Windows Defender Firewall does not run.' });
  });
  test.each([
    ['on, and its program is there', [products(product(266240)), file], 'pass'],
    ['on, and its program is gone', [products(product(266240)), { stat: exe, error: 'ENOENT' }], 'fail'],
    ['on, and its program may not be looked at', [products(product(266240)), { stat: exe, error: 'EACCES' }], 'unknown'],
    ['on, without a program', [products(product(266240, ''))], 'unknown'],
    ['snoozed', [products(product(0x42000)), file], 'fail'],
    ['expired', [products(product(0x43000)), file], 'fail'],
    ['off', [products(product(262144)), file], 'fail'],
    ['one off and one on', [products(product(262144), product(266240)), file], 'pass'],
    ['not to be asked', [{ cim: ['root/SecurityCenter2', 'FirewallProduct'], error: 'EACCES' }], 'unknown'],
    ['unknown to servers', [{ cim: ['root/SecurityCenter2', 'FirewallProduct'], error: 'ENOENT' }], 'fail'],
  ])('its own is off, a product of somebody else is %s', async (_name, calls, verdict) => {
    expect(await read(active(0, 0, 0), ...calls)).toMatchObject({ verdict });
  });
  test('its own cannot be seen, and a product of somebody else is on', async () => {
    expect(await read(refused, policy('PublicProfile', { error: 'EACCES' }), products(product(266240)), file)).toMatchObject({
      verdict: 'pass',
      because: 'Example Firewall is on.',
    });
  });
  test('a row is missing, or there are none', async () => {
    expect(await read({ cim: ['root/StandardCimv2', 'MSFT_NetFirewallProfile'], rows: [] }, policy('PublicProfile', { error: 'ETIMEDOUT' }))).toMatchObject({
      verdict: 'unknown',
      reason: 'timeout',
    });
    expect(await read({ cim: ['root/StandardCimv2', 'MSFT_NetFirewallProfile'], rows: [] })).toMatchObject({ verdict: 'pass' });
  });
});

describe('firewall.enabled and firewall.stealth on a Mac', () => {
  const release = (ProductVersion: string) => ({ plist: '/System/Library/CoreServices/SystemVersion.plist', value: { ProductVersion } });
  const says = (stdout: string, exit = 0) => ({ run: ['socketfilterfw', '--getglobalstate', '--getstealthmode'], stdout, stderr: '', exit });
  const silent = { run: ['socketfilterfw', '--getglobalstate', '--getstealthmode'], error: 'EACCES' };
  const preferences = (value: object) => ({ plist: '/Library/Preferences/com.apple.alf.plist', value });
  const noReport = { run: ['system_profiler', '-json', 'SPFirewallDataType'], error: 'ETIMEDOUT' };
  const report = (state: string, stealth = 'No') => ({
    run: ['system_profiler', '-json', 'SPFirewallDataType'],
    ...{ stdout: JSON.stringify({ SPFirewallDataType: [{ spfirewall_globalstate: state, spfirewall_stealthenabled: stealth }] }), stderr: '', exit: 0 },
  });
  const managed = (answer: object) => ({ plist: '/Library/Managed Preferences/com.apple.security.firewall.plist', ...answer });
  const none = managed({ error: 'ENOENT' });
  const firewall = (...calls: object[]) => readOnMac('firewall.enabled', calls as Record<string, unknown>[]);

  test('a sentence whose state is garbled is no answer; the report is', async () => {
    const garbled = says('Firewall is enabled. (State %#)*Q&^= 0)\nFirewall stealth mode is off\n');
    expect(await firewall(garbled, release('26.1'), report('spfirewall_globalstate_block_all'), none)).toMatchObject({ verdict: 'pass' });
    expect(await firewall(garbled, release('26.1'), noReport, none)).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('the preference file counts up to macOS 14, and says nothing later on', async () => {
    expect(await firewall(silent, release('14.8'), preferences({ globalstate: 0 }))).toMatchObject({ verdict: 'fail' });
    expect(await firewall(silent, release('14.8'), preferences({ globalstate: 2 }))).toMatchObject({ verdict: 'pass' });
    expect(await firewall(silent, release('15.1'), preferences({ globalstate: 1 }), noReport, none)).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
    expect(await firewall(silent, release('14.8'), preferences({ globalstate: 'an' }), noReport, none)).toMatchObject({ verdict: 'unknown' });
  });
  test('a profile that enforces it is believed where the firewall may not be asked, and not against it', async () => {
    const enforced = managed({ value: { EnableFirewall: true } });
    expect(await firewall(silent, release('26.1'), noReport, enforced)).toMatchObject({ verdict: 'pass' });
    expect(await firewall(silent, release('26.1'), noReport, managed({ value: { BlockAllIncoming: false } }))).toMatchObject({ verdict: 'unknown' });
    expect(await firewall(says('Firewall is disabled. (State = 0)\nFirewall stealth mode is off\n'), enforced)).toMatchObject({ verdict: 'fail' });
  });
  test('an answer with a failing exit code is none', async () => {
    expect(await firewall(says('Firewall is enabled. (State = 1)\n', 1), release('26.1'), noReport, none)).toMatchObject({ verdict: 'unknown' });
  });
  test('stealth mode is shown, required where policy wants it, and nothing without the firewall', async () => {
    const off = says('Firewall is enabled. (State = 1)\nStealth mode disabled\n');
    expect(await readOnMac('firewall.stealth', [off])).toMatchObject({ verdict: 'pass', because: 'Stealth mode is off.' });
    expect(await readOnMac('firewall.stealth', [off], { params: { required: true } })).toMatchObject({ verdict: 'fail' });
    const idle = says('Firewall is disabled. (State = 0)\nFirewall stealth mode is on\n');
    expect(await readOnMac('firewall.stealth', [idle], { params: { required: true } })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('does nothing'),
    });
  });
  test('old systems that fail to tell stealth mode: the preference file does', async () => {
    const error = says('Firewall is enabled. (State = 1)\nALF: Error, kStealthEnableKey does not return the correct type.\n');
    expect(
      await readOnMac('firewall.stealth', [error, release('13.2'), preferences({ globalstate: 1, stealthenabled: 1 })], { params: { required: true } }),
    ).toMatchObject({ verdict: 'pass' });
  });
});

describe('firewall.enabled on Linux', () => {
  const unit = (name: string, active: string) => ({ unit: `${name}.service`, load: 'loaded', active, enabled: 'enabled' });
  const idle = ['firewalld', 'nftables', 'iptables', 'netfilter-persistent', 'shorewall', 'ufw'].map((name) => unit(name, 'inactive'));
  const noUfw = { read: '/etc/ufw/ufw.conf', error: 'ENOENT' };
  const nft = (answer: object) => ({ run: ['nft', '-j', 'list', 'ruleset'], ...answer });
  const empty = nft({ stdout: '{"nftables": [{"metainfo": {"version": "1.1.3"}}]}', stderr: '', exit: 0 });
  const iptables = (program: string, stdout: string) => ({ run: [program, '-S'], stdout, stderr: '', exit: 0 });
  const accepting = '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n';
  const asRoot = (...calls: object[]) => readOn('firewall.enabled', [...(calls as Record<string, unknown>[]), noUfw, ...idle], { uid: 0 });

  test('ufw that is on and lets everything in is no firewall', async () => {
    const ufw = [
      { read: '/etc/ufw/ufw.conf', text: 'ENABLED=yes\n' },
      { read: '/etc/default/ufw', text: 'DEFAULT_INPUT_POLICY="ACCEPT"\n' },
      unit('ufw', 'active'),
    ];
    expect(await readOn('firewall.enabled', [...ufw, ...idle])).toMatchObject({ verdict: 'fail', because: 'ufw runs and lets all incoming connections in.' });
    expect(await asRoot(...ufw, empty, { read: '/proc/net/ip_tables_names', error: 'ENOENT' })).toMatchObject({ verdict: 'fail' });
  });
  test('that iptables shows nothing is no "off" while nftables could not be asked', async () => {
    expect(await asRoot(nft({ error: 'ETIMEDOUT' }), { read: '/proc/net/ip_tables_names', text: '' }, iptables('iptables', accepting))).toMatchObject({
      verdict: 'unknown',
      reason: 'timeout',
    });
    expect(await asRoot(nft({ error: 'ENOENT' }), { read: '/proc/net/ip_tables_names', text: '' }, iptables('iptables', accepting))).toMatchObject({
      verdict: 'fail',
    });
  });
  test('old tables are shown by the old program; the plain one may be the new make', async () => {
    const calls = [
      empty,
      { read: '/proc/net/ip_tables_names', text: 'filter\n' },
      { read: '/proc/net/ip6_tables_names', text: '' },
      iptables('iptables', accepting),
    ];
    expect(await asRoot(...calls, iptables('iptables-legacy', '-P INPUT DROP\n'))).toMatchObject({
      verdict: 'pass',
      because: 'iptables is on, for IPv4 only.',
    });
    expect(await asRoot(...calls, { run: ['iptables-legacy', '-S'], error: 'ETIMEDOUT' })).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('policy may want IPv6 filtered too', async () => {
    const calls = [
      empty,
      { read: '/proc/net/ip_tables_names', text: 'filter\n' },
      { run: ['iptables-legacy', '-S'], error: 'ENOENT' },
      iptables('iptables', '-P INPUT DROP\n'),
    ];
    const read = (params: object) => readOn('firewall.enabled', [...calls, noUfw, ...idle], { uid: 0, params: params as Record<string, unknown> });
    expect(await read({})).toMatchObject({ verdict: 'pass' });
    expect(await read({ ipv6: true })).toMatchObject({ verdict: 'fail' });
  });
  test('rules that keep out those at one interface are neither on nor off', async () => {
    const rules = JSON.stringify({
      nftables: [
        { chain: { family: 'inet', table: 'f', name: 'in', type: 'filter', hook: 'input', policy: 'accept' } },
        {
          rule: { family: 'inet', table: 'f', chain: 'in', expr: [{ match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'eth0' } }, { drop: null }] },
        },
      ],
    });
    expect(await asRoot(nft({ stdout: rules, stderr: '', exit: 0 }), { read: '/proc/net/ip_tables_names', text: '' })).toMatchObject({ verdict: 'unknown' });
  });
  test('firewalld answers itself where systemd does not', async () => {
    const calls = [
      { unit: 'firewalld.service', error: 'ENOSYSTEMD' },
      { read: '/etc/firewalld/firewalld.conf', error: 'EACCES' },
    ];
    const state = (stdout: string, exit: number) => ({ run: ['firewall-cmd', '--state'], stdout, stderr: '', exit });
    expect(await readOn('firewall.enabled', [...calls, state('running\n', 0), noUfw, ...idle])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('firewall.enabled', [...calls, state('', 252), noUfw, ...idle])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('firewalld whose default zone trusts everybody is held to its rules', async () => {
    const calls = [
      unit('firewalld', 'active'),
      { read: '/etc/firewalld/firewalld.conf', text: '# x\nDefaultZone=trusted\n' },
      empty,
      { read: '/proc/net/ip_tables_names', text: '' },
    ];
    expect(await asRoot(...calls)).toMatchObject({ verdict: 'fail', because: 'firewalld runs and lets all incoming connections in.' });
  });
});
