/**
 * Healthy machines as data: what their agents read, as the readers of the catalogue say it of such a machine. A check that is not
 * named here has no reader on that system. Times stand as words: `$day` (lists of updates, signatures), `$patched`, `$booted`.
 */
import { type Finding, known, notApplicable, type Platform, unknown } from '../../model/index.ts';

export type Findings = Readonly<Record<string, Finding<unknown>>>;

export interface Model {
  readonly platform: Platform;
  readonly name: string;
  readonly osVersion: string;
  /** Of the devices of its system, relative to the others. */
  readonly weight: number;
  /** What it says in another way than its system does. */
  readonly own: Findings;
}

const NO_WAY_IN = { enabled: false, units: [], port: false };
const PHYSICAL = { container: null, wsl: false, hypervisor: null };
const waitsForNothing = { pending: [], count: 0 };
const encrypted = (mount: string, by: string) => ({ volumes: [{ mount, state: 'encrypted', by: [by], plain: [] }] });

export const HEALTHY: Readonly<Record<Platform, Findings>> = {
  linux: {
    'os.security_updates': known({ ...waitsForNothing, listsOn: '$day' }, 'apt-get -s dist-upgrade'),
    'os.auto_update': known({ mode: 'install', by: 'unattended-upgrades' }, 'unattended-upgrades'),
    'os.reboot_pending': known({ required: false }, '/lib/modules'),
    'firmware.updates': known({ pending: [], listsOn: '$day' }, 'fwupdmgr get-updates'),
    'time.synced': known({ synced: true, automatic: true }, 'systemd-timesyncd'),
    'disk.encryption': known(encrypted('/', 'LUKS2'), 'mountinfo, sysfs'),
    'disk.encryption_data': known(encrypted('/home', 'LUKS2'), 'mountinfo, swaps, sysfs'),
    'disk.swap': known({ swaps: [{ name: 'a file on /', state: 'encrypted', plain: [] }] }, '/proc/swaps, sysfs'),
    'disk.health': known({ disks: [{ name: 'Simulated NVMe 512GB', health: 'healthy' }] }, 'udisks2'),
    'firewall.enabled': known({ enabled: true, product: 'ufw', ipv4Only: false }, 'ufw.conf and ufw.service'),
    'malware.protection': notApplicable('not-required'),
    'malware.edr': notApplicable('not-required'),
    'screen.lock': known({ desktop: 'GNOME', ways: [{ by: 'idle', idleMs: 300_000, delayMs: 0 }], unread: [] }, 'GSettings'),
    'account.autologin': known({ enabled: false, by: 'gdm' }, 'configuration of gdm'),
    'account.admin': known({ admin: true }, '/etc/group'),
    'account.password_policy': known({ minLength: 8 }, 'PAM, pwquality.conf'),
    'boot.secure_boot': known({ enabled: true, setupMode: false, validationOff: false }, 'efivars'),
    'hw.tpm': known({ present: true, version: '2.0' }, '/sys/class/tpm'),
    'os.integrity.mac': known({ selinux: 'disabled', apparmor: true, profiles: 'enforced' }, '/sys/fs/selinux, /sys/module/apparmor'),
    'remote.ssh': known(NO_WAY_IN, 'systemd, listening sockets'),
    'remote.desktop': known(NO_WAY_IN, 'systemd, listening sockets'),
    'remote.file_sharing': known(NO_WAY_IN, 'systemd, listening sockets'),
    'net.listening': known({ system: 'linux', open: [{ protocol: 'udp', port: 5353 }], protocols: ['tcp', 'udp'] }, 'listening sockets'),
    'device.uptime': known({ bootedAt: '$booted' }, '/proc/uptime'),
    'device.virtual': known(PHYSICAL, '/proc, DMI'),
  },
  darwin: {
    'os.security_updates': known({ ...waitsForNothing, listsOn: '$day' }, '/Library/Preferences/com.apple.SoftwareUpdate.plist'),
    'os.auto_update': known({ mode: 'install', by: 'Software Update' }, 'Software Update'),
    // As a rule only root may ask.
    'time.synced': unknown('permission'),
    'disk.encryption': known(encrypted('The startup disk', 'FileVault'), 'fdesetup status'),
    'disk.encryption_data': known(encrypted('The data volume disk3s5', 'FileVault'), 'diskutil apfs list'),
    'disk.swap': known({ swaps: [{ name: 'macOS', state: 'encrypted', plain: [] }] }, 'sysctl vm.swapusage'),
    'disk.health': known({ disks: [{ name: 'disk0', health: 'healthy' }] }, 'diskutil info disk0'),
    'firewall.enabled': known({ enabled: true, product: 'macOS firewall', ipv4Only: false }, 'socketfilterfw'),
    'firewall.stealth': known({ stealth: true, firewall: true }, 'socketfilterfw'),
    'malware.protection': known(
      { products: [{ name: 'XProtect', state: 'on', signatures: 'current', signaturesAt: '$day' }], complete: true },
      'XProtect, system extensions',
    ),
    'malware.edr': notApplicable('not-required'),
    'screen.lock': known({ desktop: 'macOS', ways: [{ by: 'display', idleMs: 600_000, delayMs: 5_000 }], unread: [] }, 'sysadminctl, screen saver, pmset'),
    'account.autologin': known({ enabled: false, by: 'loginwindow' }, 'com.apple.loginwindow'),
    'account.guest': known({ enabled: false }, 'com.apple.loginwindow'),
    'account.admin': known({ admin: true }, 'groups of this process'),
    'account.password_policy': known({ minLength: 8 }, 'pwpolicy'),
    'boot.secure_boot': known({ enabled: true, policy: 'full' }, 'system_profiler SPiBridgeDataType'),
    'os.integrity.sip': known({ status: 'enabled' }, 'csrutil status'),
    'os.integrity.gatekeeper': known({ enabled: true, managed: false }, 'spctl --status'),
    'remote.ssh': known(NO_WAY_IN, 'launchctl'),
    'remote.desktop': known(NO_WAY_IN, 'launchctl, RemoteManagement.launchd'),
    'remote.file_sharing': known(NO_WAY_IN, 'launchctl'),
    'net.listening': known({ system: 'darwin', open: [{ protocol: 'tcp', port: 49_164 }], protocols: ['tcp'] }, 'netstat'),
    'device.uptime': known({ bootedAt: '$booted' }, 'sysctl kern.boottime'),
    'device.mdm': known({ enrolled: true, automatic: true, approved: true }, 'profiles status'),
    'device.virtual': known(PHYSICAL, 'sysctl kern.hv_vmm_present'),
  },
  win32: {
    'os.security_updates': known(waitsForNothing, 'Microsoft.Update.Session'),
    'os.auto_update': known({ mode: 'install', by: 'Windows Update' }, 'Windows Update'),
    'os.reboot_pending': known({ required: false }, 'registry RebootPending, RebootRequired'),
    'time.synced': known({ automatic: true }, 'W32Time'),
    'disk.encryption': known(encrypted('C:', 'BitLocker'), 'BitLocker'),
    'disk.encryption_data': notApplicable('nothing-there'),
    'disk.swap': known({ swaps: [{ name: 'a file on C:', state: 'encrypted', plain: [] }] }, 'registry, BitLocker'),
    'disk.health': known({ disks: [{ name: 'Simulated NVMe 512GB', health: 'healthy' }] }, 'MSFT_PhysicalDisk'),
    'firewall.enabled': known({ enabled: true, product: 'Windows Defender Firewall', ipv4Only: false }, 'MSFT_NetFirewallProfile (ActiveStore), mpssvc'),
    'malware.protection': known(
      { products: [{ name: 'Microsoft Defender', state: 'on', signatures: 'current', signaturesAt: '$day' }], complete: true, tamperProtected: true },
      'Security Center, Defender, services',
    ),
    'malware.edr': notApplicable('not-required'),
    'screen.lock': known(
      { desktop: 'Windows', ways: [{ by: 'sleep', idleMs: 900_000, delayMs: 0 }], unread: ['display'] },
      'registry, Win32_PowerSettingDataIndex',
    ),
    'account.autologin': known({ enabled: false, by: 'winlogon' }, 'Winlogon'),
    'account.guest': known({ enabled: false }, 'Win32_UserAccount'),
    'account.admin': known({ admin: true, userAccountControl: true }, 'group S-1-5-32-544'),
    'account.password_policy': unknown('unsupported'),
    'boot.secure_boot': known({ enabled: true }, 'registry UEFISecureBootEnabled'),
    'hw.tpm': known({ present: true, version: '2.0', state: 'working' }, 'Win32_PnPEntity'),
    'remote.ssh': known(NO_WAY_IN, 'services'),
    'remote.desktop': known(NO_WAY_IN, 'registry, services'),
    'remote.file_sharing': known(NO_WAY_IN, 'registry'),
    'net.listening': known(
      { system: 'win32', open: [135, 139, 445, 5040, 7680].map((port) => ({ protocol: 'tcp', port })), protocols: ['tcp'] },
      'MSFT_NetTCPConnection',
    ),
    'device.uptime': known({ bootedAt: '$booted' }, 'Win32_OperatingSystem'),
    'device.mdm': known({ enrolled: true, provider: 'MS DM Server' }, 'registry Enrollments'),
    'device.virtual': known(PHYSICAL, 'registry HARDWARE\\DESCRIPTION\\System\\BIOS'),
  },
};

/** A release of Linux knows itself until when it is supported. */
function linux(weight: number, os: string, cycle: string, name: string, supportEndsOn: string): Model {
  return {
    ...{ platform: 'linux', name, osVersion: cycle, weight },
    own: { 'os.supported': known({ os, cycle, name, own: { supportEndsOn, source: 'distro-info' } }, 'distro-info') },
  };
}

function mac(weight: number, cycle: string, version: string): Model {
  const release = { os: 'macos', cycle, name: `macOS ${version}` };
  return {
    ...{ platform: 'darwin', name: release.name, osVersion: version, weight },
    own: {
      'os.supported': known(release, 'SystemVersion.plist'),
      'os.patch_level': known({ ...release, build: version }, 'SystemVersion.plist'),
    },
  };
}

function windows(weight: number, build: string, edition: string, name: string): Model {
  const release = { os: 'windows', cycle: build.slice(0, 5), edition, name };
  return {
    ...{ platform: 'win32', name, osVersion: `10.0.${build}`, weight },
    own: {
      'os.supported': known(release, 'registry CurrentVersion'),
      'os.patch_level': known({ ...release, build, newestUpdateOn: '$patched' }, 'registry CurrentVersion'),
    },
  };
}

export const MODELS: readonly Model[] = [
  linux(70, 'ubuntu', '24.04', 'Ubuntu 24.04.4 LTS', '2029-05-31'),
  linux(26, 'debian', '13', 'Debian GNU/Linux 13 (trixie)', '2028-08-09'),
  mac(66, '26', '26.6.2'),
  mac(30, '15', '15.7.7'),
  windows(72, '26200.9445', 'home-pro', 'Windows 11 25H2 (Professional)'),
  windows(24, '26200.9445', 'enterprise', 'Windows 11 25H2 (Enterprise)'),
  // Too old for their makers: nobody mends these, and nothing but a newer system does.
  linux(4, 'ubuntu', '20.04', 'Ubuntu 20.04.6 LTS', '2025-05-29'),
  mac(4, '13', '13.7.8'),
  windows(4, '19045.6456', 'home-pro', 'Windows 10 22H2 (Professional)'),
];
