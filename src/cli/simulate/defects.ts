/** What goes wrong on simulated machines, as data: what is read then, how often it happens, and how long until somebody mends it. */
import type { Platform, UnknownReason } from '../../model/index.ts';

/** Members of the value that are different then; or why it cannot be read. */
export type Change = Readonly<Record<string, unknown>> | UnknownReason;

export interface Defect {
  readonly name: string;
  /** By check. `$since`: three weeks before it was seen. */
  readonly changes: Readonly<Partial<Record<Platform, Readonly<Record<string, Change>>>>>;
  /** Of the devices of these systems: those that have it on the first day, and those that get it on a day. */
  readonly share: number;
  readonly daily: number;
  /** Days until it is mended, the least and the most. */
  readonly lasts: readonly [least: number, most: number];
}

const FOR_GOOD = [1_000, 1_000] as const;
const volume = (mount: string, state: string, plain: readonly string[] = []) => ({
  volumes: [{ mount, state, by: state === 'suspended' ? ['BitLocker'] : [], plain }],
});
const off = { enabled: false, cause: 'switched-off' };
const openTo = (unit: string) => ({ enabled: true, units: [unit], port: true });
const tcp = (port: number) => ({ protocol: 'tcp', port });
const never = { ways: [], unread: [] };

export const DEFECTS: readonly Defect[] = [
  {
    name: 'firewall off',
    changes: { linux: { 'firewall.enabled': off }, darwin: { 'firewall.enabled': off }, win32: { 'firewall.enabled': { ...off, profiles: ['Public'] } } },
    ...{ share: 0.03, daily: 0.006, lasts: [0.4, 5] },
  },
  {
    name: 'disk not encrypted',
    changes: {
      linux: { 'disk.encryption': volume('/', 'plain', ['nvme0n1p2']) },
      darwin: { 'disk.encryption': volume('The startup disk', 'plain') },
      win32: { 'disk.encryption': volume('C:', 'plain') },
    },
    ...{ share: 0.04, daily: 0.0005, lasts: [3, 40] },
  },
  { name: 'BitLocker suspended', changes: { win32: { 'disk.encryption': volume('C:', 'suspended') } }, share: 0.01, daily: 0.002, lasts: [0.5, 3] },
  {
    name: 'updates wait',
    changes: Object.fromEntries(
      (['linux', 'darwin', 'win32'] as const).map((platform) => [
        platform,
        { 'os.security_updates': { pending: [{ name: 'A simulated security update', since: '$since' }], count: 1 } },
      ]),
    ),
    ...{ share: 0.08, daily: 0.012, lasts: [1, 9] },
  },
  {
    name: 'restart put off',
    changes: { linux: { 'os.reboot_pending': { required: true, since: '$since' } }, win32: { 'os.reboot_pending': { required: true, since: '$since' } } },
    ...{ share: 0.05, daily: 0.008, lasts: [0.5, 7] },
  },
  {
    name: 'automatic updates off',
    changes: { linux: { 'os.auto_update': { mode: 'off' } }, darwin: { 'os.auto_update': { mode: 'off' } }, win32: { 'os.auto_update': { mode: 'off' } } },
    ...{ share: 0.03, daily: 0.001, lasts: [2, 30] },
  },
  {
    name: 'screen does not lock',
    changes: { linux: { 'screen.lock': never }, darwin: { 'screen.lock': never }, win32: { 'screen.lock': never } },
    ...{ share: 0.05, daily: 0.006, lasts: [0.3, 6] },
  },
  {
    name: 'malware protection off',
    changes: { win32: { 'malware.protection': { products: [{ name: 'Microsoft Defender', state: 'off', signatures: 'old' }] } } },
    ...{ share: 0.015, daily: 0.003, lasts: [0.3, 3] },
  },
  {
    name: 'secure boot off',
    changes: { linux: { 'boot.secure_boot': { enabled: false } }, win32: { 'boot.secure_boot': { enabled: false } } },
    ...{ share: 0.03, daily: 0, lasts: FOR_GOOD },
  },
  {
    name: 'SSH open',
    changes: {
      linux: {
        'remote.ssh': openTo('ssh.service'),
        'net.listening': { open: [tcp(22), { protocol: 'udp', port: 5353 }] },
      },
      darwin: { 'remote.ssh': openTo('com.openssh.sshd'), 'net.listening': { open: [tcp(22), tcp(49_164)] } },
    },
    ...{ share: 0.06, daily: 0.004, lasts: [1, 20] },
  },
  {
    name: 'remote desktop open',
    changes: { win32: { 'remote.desktop': openTo('TermService'), 'net.listening': { open: [tcp(135), tcp(445), tcp(3389)] } } },
    ...{ share: 0.03, daily: 0.002, lasts: [1, 20] },
  },
  {
    name: 'logs in by itself',
    changes: {
      linux: { 'account.autologin': { enabled: true } },
      darwin: { 'account.autologin': { enabled: true } },
      win32: { 'account.autologin': { enabled: true } },
    },
    ...{ share: 0.015, daily: 0.0005, lasts: [2, 30] },
  },
  {
    name: 'guest account on',
    changes: { darwin: { 'account.guest': { enabled: true } }, win32: { 'account.guest': { enabled: true } } },
    share: 0.02,
    daily: 0,
    lasts: FOR_GOOD,
  },
  { name: 'Gatekeeper off', changes: { darwin: { 'os.integrity.gatekeeper': { enabled: false } } }, share: 0.02, daily: 0.001, lasts: [1, 10] },
  { name: 'SIP off', changes: { darwin: { 'os.integrity.sip': { status: 'disabled' } } }, share: 0.005, daily: 0, lasts: FOR_GOOD },
  { name: 'short passwords', changes: { linux: { 'account.password_policy': { minLength: 6 } } }, share: 0.2, daily: 0, lasts: FOR_GOOD },
  {
    name: 'disk about to fail',
    changes: {
      linux: { 'disk.health': { disks: [{ name: 'Simulated NVMe 512GB', health: 'failing' }] } },
      darwin: { 'disk.health': { disks: [{ name: 'disk0', health: 'failing' }] } },
      win32: { 'disk.health': { disks: [{ name: 'Simulated NVMe 512GB', health: 'failing' }] } },
    },
    ...{ share: 0.004, daily: 0.0003, lasts: [1, 8] },
  },
];

/** What cannot be read on some machines: that is no defect of theirs, and nobody knows whether there is one behind it. */
export const BLIND_SPOTS: readonly Defect[] = [
  { name: 'agent without rights', changes: { linux: { 'firewall.enabled': 'permission' } }, share: 0.06, daily: 0, lasts: FOR_GOOD },
  { name: 'update search fails', changes: { win32: { 'os.security_updates': 'timeout' } }, share: 0.01, daily: 0.004, lasts: [0.3, 2] },
];
