/** Updates, restarts, clock and firmware: states that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

const stat = (path: string, mtime = '2026-11-20T06:00:00Z') => ({ stat: path, type: 'file', size: 1, mtime, mode: '0644', uid: 0, gid: 0 });
const absent = (path: string) => ({ stat: path, error: 'ENOENT' });
const osRelease = (text: string) => ({ read: '/etc/os-release', text });
const run = (line: string, stdout: string, exit = 0, stderr = '') => ({ run: line.split(' '), stdout, stderr, exit });
const timer = (name: string, enabled: string) => ({
  unit: name,
  load: enabled === '' ? 'not-found' : enabled === 'masked' ? 'masked' : 'loaded',
  active: 'inactive',
  enabled,
});
const UBUNTU = osRelease('ID=ubuntu\nVERSION_ID="24.04"\nID_LIKE=debian\n');

describe('os.security_updates on Linux', () => {
  const simulation = (rows: string, end: string) => run('apt-get -s -o Debug::NoLocking=1 dist-upgrade', `Reading package lists...\n${rows}${end}\n`);
  const fresh = [absent('/run/ostree-booted'), UBUNTU, stat('/var/lib/apt/periodic/update-success-stamp', '2026-11-24T05:00:00Z')];
  const lists = { list: '/var/lib/apt/lists', entries: ['archive_dists_noble-security_InRelease'] };
  const NONE = '0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.';
  const HELD = '0 upgraded, 0 newly installed, 0 to remove and 1 not upgraded.';
  const list = (suite: string) => run('apt list --upgradable', `Listing...\nsudo/${suite} 1.9.9-1ubuntu2.4 amd64 [upgradable from: 1.9.9-1ubuntu2.3]\n`);

  test('a security update that is held back waits as well', async () => {
    const calls = [...fresh, lists, simulation('The following packages have been kept back:\n  sudo\n', HELD), list('noble-updates,noble-security')];
    expect(await readOn('os.security_updates', calls, { history: { 'os.security_updates': { sudo: '2026-10-01T00:00:00Z' } } })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('sudo'),
    });
  });
  test('one that is kept back and mends nothing does not', async () => {
    expect(await readOn('os.security_updates', [...fresh, lists, simulation('', HELD), list('noble-updates')])).toMatchObject({ verdict: 'pass' });
  });
  test('something is kept back, and what it is cannot be asked: not "none"', async () => {
    const calls = [...fresh, lists, simulation('', HELD), { run: ['apt', 'list', '--upgradable'], error: 'ETIMEDOUT' }];
    expect(await readOn('os.security_updates', calls)).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('what Ubuntu hands out in phases is no security update, and nothing else is asked', async () => {
    const calls = [...fresh, lists, simulation('The following upgrades have been deferred due to phasing:\n  python3-software-properties\n', HELD)];
    expect(await readOn('os.security_updates', calls)).toMatchObject({ verdict: 'pass' });
  });
  test('a system without a source of security updates is not up to date', async () => {
    const calls = [...fresh, { list: '/var/lib/apt/lists', entries: ['archive_dists_noble_InRelease', 'lock'] }, simulation('', NONE)];
    expect(await readOn('os.security_updates', calls)).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
  });
  test('lists of last month: not known, as a reading', async () => {
    const calls = [
      absent('/run/ostree-booted'),
      UBUNTU,
      lists,
      stat('/var/lib/apt/periodic/update-success-stamp', '2026-10-20T05:00:00Z'),
      simulation('', NONE),
    ];
    const answer = await readOn('os.security_updates', calls);
    expect({ verdict: answer.verdict, status: answer.reading.status, reason: answer.reason }).toEqual({
      verdict: 'unknown',
      status: 'unknown',
      reason: 'no-data',
    });
  });
  test('CentOS publishes no advisories: none listed is not none', async () => {
    expect(
      await readOn('os.security_updates', [absent('/run/ostree-booted'), osRelease('ID="centos"\nVERSION_ID="9"\nID_LIKE="rhel fedora"\n')]),
    ).toMatchObject({
      verdict: 'unknown',
      reason: 'unsupported',
    });
  });
  test('zypper: security patches by category, exit 101 is an answer', async () => {
    const calls = [
      absent('/run/ostree-booted'),
      osRelease('ID="opensuse-leap"\nVERSION_ID="16.0"\nID_LIKE="suse opensuse"\n'),
      stat('/var/cache/zypp/raw', '2026-11-23T00:00:00Z'),
      run(
        'zypper --xmlout list-patches',
        '<stream><update-status><update-list><update name="openSUSE-2026-1" kind="patch" category="security" status="needed"></update><update name="x" category="recommended" status="needed"/></update-list></update-status></stream>',
        101,
      ),
    ];
    const answer = await readOn('os.security_updates', calls, { history: { 'os.security_updates': { 'openSUSE-2026-1': '2026-10-01T00:00:00Z' } } });
    expect(answer).toMatchObject({ verdict: 'fail', because: expect.stringContaining('openSUSE-2026-1') });
  });
});

describe('os.security_updates on macOS', () => {
  const version = { plist: '/System/Library/CoreServices/SystemVersion.plist', value: { ProductVersion: '15.7.9' } };
  const cache = (value: object) => ({
    plist: '/Library/Preferences/com.apple.SoftwareUpdate.plist',
    value: { LastFullSuccessfulDate: '2026-11-23T00:00:00Z', ...value },
  });
  const offer = (title: string, versionOf: string, key: string) => ({
    'Display Name': title,
    'Display Version': versionOf,
    'Product Key': key,
    Identifier: key,
  });
  const since = (name: string) => ({ history: { 'os.security_updates': { [name]: '2026-08-01T00:00:00Z' } } });

  test('developer tools, printers, and the next macOS are no security updates', async () => {
    const RecommendedUpdates = [
      offer('Command Line Tools for Xcode', '26.5', '093-1'),
      offer('HP Printer Drivers', '5.1', '093-2'),
      offer('macOS Tahoe 26.7.2', '26.7.2', 'MSU_UPDATE_25H1_full_26.7.2_major'),
    ];
    const history = { history: { 'os.security_updates': { '093-1': '2026-08-01T00:00:00Z', 'macOS Tahoe 26.7.2': '2026-08-01T00:00:00Z' } } };
    expect(await readOnMac('os.security_updates', [version, cache({ RecommendedUpdates })], history)).toMatchObject({ verdict: 'pass' });
  });
  test('Safari and a rapid response are', async () => {
    for (const title of ['Safari 26.1', 'macOS Sequoia 15.8 (a)', 'Rapid Security Response']) {
      const RecommendedUpdates = [offer(title, '15.8', '002-1')];
      expect(await readOnMac('os.security_updates', [version, cache({ RecommendedUpdates })], since('002-1'))).toMatchObject({ verdict: 'fail' });
    }
  });
  test('the cache counts updates and names none: the program that reads it is asked', async () => {
    const empty = cache({ RecommendedUpdates: [], LastRecommendedUpdatesAvailable: 1 });
    const named = run(
      'softwareupdate --list --no-scan',
      'Software Update Tool\n\n* Label: macOS Sequoia 15.8.2-24H1\n\tTitle: macOS Sequoia 15.8.2, Version: 15.8.2, Size: 1KiB, Recommended: YES, Action: restart, \n',
    );
    expect(await readOnMac('os.security_updates', [version, empty, named], since('macOS Sequoia 15.8.2-24H1'))).toMatchObject({ verdict: 'fail' });
    const none = run('softwareupdate --list --no-scan', 'Software Update Tool\n\n', 0, 'No new software available.\n');
    expect(await readOnMac('os.security_updates', [version, empty, none])).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
  });
  test('without the cache, that the program names nothing says nothing; what it names counts', async () => {
    const denied = { plist: '/Library/Preferences/com.apple.SoftwareUpdate.plist', error: 'EACCES' };
    const none = run('softwareupdate --list --no-scan', 'Software Update Tool\n\n', 0, 'No new software available.\n');
    expect(await readOnMac('os.security_updates', [version, denied, none])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    const named = run('softwareupdate --list --no-scan', '* Label: macOS Sequoia 15.8-24H\n\tTitle: macOS Sequoia 15.8, Version: 15.8, Size: 1KiB, \n');
    expect(await readOnMac('os.security_updates', [version, denied, named])).toMatchObject({ verdict: 'unknown' });
    expect(await readOnMac('os.security_updates', [version, denied, named], since('macOS Sequoia 15.8'))).toMatchObject({ verdict: 'fail' });
  });
});

describe('os.security_updates on Windows', () => {
  const search = (...updates: object[]) => [{ com: 'Microsoft.Update.Session', value: { updates } }];
  const SECURITY = '0FA1201D-4330-4FA8-8AE9-B877473B6441';
  test('nothing offered', async () => {
    expect(await readOnWindows('os.security_updates', search())).toMatchObject({ verdict: 'pass' });
  });
  test('by category, whatever the language of the title', async () => {
    const update = { title: 'Kumulatives Update für Windows 11 (KB5090001)', severity: null, categories: [SECURITY], date: '2026-10-13T17:00:00Z' };
    expect(await readOnWindows('os.security_updates', search(update))).toMatchObject({ verdict: 'fail', because: expect.stringContaining('KB5090001') });
    expect(await readOnWindows('os.security_updates', search({ ...update, date: '2026-11-20T17:00:00Z' }))).toMatchObject({ verdict: 'pass' });
  });
  test('signatures of Defender and drivers are no security updates', async () => {
    const signatures = {
      title: 'Security Intelligence Update for Microsoft Defender Antivirus - KB2267602',
      severity: null,
      categories: ['e0789628-ce08-4437-be74-2495b842f43b'],
      date: '2026-01-01T00:00:00Z',
    };
    expect(await readOnWindows('os.security_updates', search(signatures))).toMatchObject({ verdict: 'pass' });
  });
  test('an answer without a list is none', async () => {
    for (const value of [{}, null, 'nothing', { updates: [{ severity: 'Critical' }] }, { updates: null }]) {
      expect(await readOnWindows('os.security_updates', [{ com: 'Microsoft.Update.Session', value }])).toMatchObject({ verdict: 'unknown' });
    }
  });
});

describe('os.auto_update on Linux', () => {
  const quiet = [{ gsettings: ['org.gnome.software', 'download-updates'], error: 'ENOENT' }];
  const base = [absent('/run/ostree-booted'), UBUNTU, stat('/usr/bin/unattended-upgrade'), timer('apt-daily-upgrade.timer', 'enabled'), ...quiet];
  const dump = (...lines: string[]) => run('apt-config dump', `APT "";\n${lines.map((line) => `APT::Periodic::${line};\n`).join('')}`);
  const auto = (calls: readonly object[], more = {}) => readOn('os.auto_update', calls as never, more);

  test('the last value wins, with or without a unit', async () => {
    expect(await auto([...base, dump('Unattended-Upgrade "1"', 'Unattended-Upgrade "0"')])).toMatchObject({ verdict: 'fail' });
    expect(await auto([...base, dump('Unattended-Upgrade "0"', 'Unattended-Upgrade "7d"')])).toMatchObject({ verdict: 'pass' });
    expect(await auto([...base, dump('Unattended-Upgrade "always"')])).toMatchObject({ verdict: 'pass' });
    expect(await auto([...base, dump('Enable "0"', 'Unattended-Upgrade "1"')])).toMatchObject({ verdict: 'fail' });
    expect(await auto([...base, dump('Unattended-Upgrade "soon"')])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await auto([...base, run('apt-config dump', '')])).toMatchObject({ verdict: 'unknown' });
  });
  test('set, but the package is not there, or its timer does not start', async () => {
    const on = dump('Unattended-Upgrade "1"');
    expect(await auto([absent('/usr/bin/unattended-upgrade'), on, ...base])).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('not installed'),
    });
    expect(await auto([timer('apt-daily-upgrade.timer', 'disabled'), on, ...base])).toMatchObject({ verdict: 'fail' });
    expect(await auto([{ stat: '/usr/bin/unattended-upgrade', error: 'EACCES' }, on, ...base])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await auto([{ unit: 'apt-daily-upgrade.timer', error: 'ENOSYSTEMD' }, on, ...base])).toMatchObject({ verdict: 'unknown' });
  });
  test('without its tool the files are read, in their order', async () => {
    const files = (last: string) => [
      { run: ['apt-config', 'dump'], error: 'ETIMEDOUT' },
      { list: '/etc/apt/apt.conf.d', entries: ['99local', '20auto-upgrades', 'notes.dpkg-old'] },
      { read: '/etc/apt/apt.conf.d/20auto-upgrades', text: 'APT::Periodic::Unattended-Upgrade "1";\n' },
      { read: '/etc/apt/apt.conf.d/99local', text: last },
      { read: '/etc/apt/apt.conf', error: 'ENOENT' },
    ];
    expect(await auto([...base, ...files('// nothing\n')])).toMatchObject({ verdict: 'pass' });
    expect(await auto([...base, ...files('APT::Periodic::Unattended-Upgrade "0";\n')])).toMatchObject({ verdict: 'fail' });
    expect(await auto([...base, ...files('APT {\n Periodic { Unattended-Upgrade "0"; };\n};\n')])).toMatchObject({ verdict: 'unknown' });
  });
  const FEDORA = osRelease('ID=fedora\nVERSION_ID=43\n');
  const dnf = (enabled: string, ...settings: readonly object[]) => [
    absent('/run/ostree-booted'),
    FEDORA,
    timer('dnf-automatic-install.timer', ''),
    timer('dnf-automatic.timer', ''),
    timer('dnf5-automatic.timer', enabled),
    ...settings,
    ...['/usr/share/dnf5/dnf5-plugins/automatic.conf', '/etc/dnf/dnf5-plugins/automatic.conf', '/etc/dnf/automatic.conf'].map((read) => ({
      read,
      error: 'ENOENT',
    })),
    ...quiet,
  ];
  test('dnf that only downloads does not update', async () => {
    const maker = { read: '/usr/share/dnf5/dnf5-plugins/automatic.conf', text: '[commands]\napply_updates = no\n' };
    const here = { read: '/etc/dnf/automatic.conf', text: '[commands]\napply_updates = yes\n' };
    expect(await auto(dnf('enabled', maker))).toMatchObject({ verdict: 'fail', because: expect.stringContaining('does not install') });
    expect(await auto(dnf('enabled', maker, here))).toMatchObject({ verdict: 'pass' });
    expect(await auto(dnf('disabled', maker, here))).toMatchObject({ verdict: 'fail' });
    expect(await auto(dnf('enabled', { read: '/etc/dnf/automatic.conf', error: 'EACCES' }))).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await auto([timer('dnf-automatic-install.timer', 'enabled'), ...dnf('')])).toMatchObject({ verdict: 'pass' });
  });
  test('GNOME Software asks the person; without a GNOME session its default says nothing', async () => {
    const setting = { gsettings: ['org.gnome.software', 'download-updates'], value: true, source: 'default' };
    expect(await auto([setting, ...dnf('')], { env: { XDG_CURRENT_DESKTOP: 'GNOME' } })).toMatchObject({
      verdict: 'pass',
      because: expect.stringContaining('asks'),
    });
    expect(await auto([setting, ...dnf('')], { env: { XDG_CURRENT_DESKTOP: 'GNOME' }, params: { requireInstall: true } })).toMatchObject({ verdict: 'fail' });
    expect(await auto([setting, ...dnf('')])).toMatchObject({ verdict: 'fail' });
  });
  test('Arch brings none, which does not mean that there is none', async () => {
    expect(await auto([absent('/run/ostree-booted'), osRelease('ID=arch\nBUILD_ID=rolling\n'), ...quiet])).toMatchObject({
      verdict: 'unknown',
      reason: 'unsupported',
    });
  });
});

describe('os.auto_update on macOS', () => {
  const LOCAL = '/Library/Preferences/com.apple.SoftwareUpdate.plist';
  const MANAGED = '/Library/Managed Preferences/com.apple.SoftwareUpdate.plist';
  const DECLARED = { plist: '/var/db/softwareupdate/SoftwareUpdateDDMStatePersistence.plist', error: 'EACCES' };
  const machine = (local: object | string, managed: object | string = 'ENOENT', declared: object = DECLARED) =>
    readOnMac('os.auto_update', [
      { plist: LOCAL, ...(typeof local === 'string' ? { error: local } : { value: local }) },
      { plist: MANAGED, ...(typeof managed === 'string' ? { error: managed } : { value: managed }) },
      declared as never,
      run('softwareupdate --schedule', 'Automatic checking for updates is turned off\n'),
    ]);
  test('management wins, for the better as well', async () => {
    expect(await machine({ AutomaticCheckEnabled: false }, { AutomaticCheckEnabled: true })).toMatchObject({ verdict: 'pass' });
    expect(await machine({}, { ConfigDataInstall: 0 })).toMatchObject({ verdict: 'fail', because: expect.stringContaining('data files') });
  });
  test('a switch that is neither on nor off is not known', async () => {
    expect(await machine({ AutomaticDownload: 'perhaps' })).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await machine([] as never)).toMatchObject({ verdict: 'unknown' });
  });
  test('what management may have set cannot be read: not known', async () => {
    expect(await machine({ AutomaticCheckEnabled: true }, 'EACCES')).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  test('the file cannot be read, and the program says that nothing is looked for', async () => {
    expect(await machine('EACCES')).toMatchObject({ verdict: 'fail', because: expect.stringContaining('looking for updates') });
  });
  test('what is declared goes over both', async () => {
    const declared = {
      plist: DECLARED.plist,
      value: { SUCorePersistedStatePolicyFields: { SUCoreDDMDeclarationGlobalSettings: { automaticallyInstallOSUpdates: false } } },
    };
    expect(await machine({}, 'ENOENT', declared)).toMatchObject({ verdict: 'fail', because: expect.stringContaining('macOS updates') });
  });
});

describe('os.auto_update on Windows', () => {
  const POLICY = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate';
  const UX = 'HKLM\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings';
  const STATE = 'HKLM\\SOFTWARE\\Microsoft\\WindowsUpdate\\UpdatePolicy\\Settings';
  const MDM = 'HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\Update';
  const OLD = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update';
  const key = (registry: string, values: object) => ({ registry, values, keys: [] });
  const machine = (...calls: readonly object[]) =>
    readOnWindows('os.auto_update', [
      ...(calls as never[]),
      ...[POLICY, `${POLICY}\\AU`, UX, STATE, MDM, OLD].map((registry) => ({ registry, error: 'ENOENT' })),
      { com: 'Microsoft.Update.AutoUpdate', value: { NotificationLevel: 0 } },
      { service: 'wuauserv', state: 'stopped', start: 'manual' },
      { service: 'UsoSvc', state: 'stopped', start: 'auto' },
    ]);
  test('paused until a day to come, and until one that has passed', async () => {
    expect(await machine(key(UX, { PauseUpdatesExpiryTime: '2026-12-03T20:00:00Z' }))).toMatchObject({
      verdict: 'fail',
      because: 'Updates are paused until 2026-12-03.',
    });
    expect(await machine(key(UX, { PauseUpdatesExpiryTime: '2026-08-03T20:00:00Z' }))).toMatchObject({ verdict: 'pass' });
    expect(await machine(key(UX, { PauseUpdatesExpiryTime: 'demnächst' }))).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('a pause that only the state shows', async () => {
    expect(await machine(key(STATE, { PausedQualityStatus: 1, PausedQualityDate: '2026-11-20T08:00:00Z' }))).toMatchObject({ verdict: 'fail' });
    expect(await machine(key(STATE, { PausedQualityStatus: 1 }))).toMatchObject({ verdict: 'fail', because: 'Updates are paused.' });
    expect(await machine(key(STATE, { PausedQualityStatus: 2, PausedFeatureStatus: 1 }))).toMatchObject({ verdict: 'pass' });
    expect(await machine(key(MDM, { PauseQualityUpdates: 1, PauseQualityUpdatesStartTime: '2026-11-10' }))).toMatchObject({ verdict: 'fail' });
  });
  test('switched off by management, by the services, and in the old way', async () => {
    expect(await machine(key(MDM, { AllowAutoUpdate: 5 }))).toMatchObject({ verdict: 'fail', because: expect.stringContaining('management') });
    expect(await machine({ service: 'wuauserv', state: 'stopped', start: 'disabled' })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('wuauserv'),
    });
    expect(await machine(key(OLD, { AUOptions: 1 }))).toMatchObject({ verdict: 'fail' });
  });
  test('asking is not off', async () => {
    for (const options of [2, 3, 5])
      expect(await machine(key(`${POLICY}\\AU`, { NoAutoUpdate: 0, AUOptions: options }))).toMatchObject({
        verdict: 'pass',
        because: expect.stringContaining('asks'),
      });
  });
  test('a policy that may not be read is not "on"; one that is seen to be off is off all the same', async () => {
    const denied = { registry: `${POLICY}\\AU`, error: 'EACCES' };
    expect(await machine(denied)).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await machine(denied, { com: 'Microsoft.Update.AutoUpdate', value: { NotificationLevel: 1 } })).toMatchObject({ verdict: 'fail' });
  });
  test('services that may not be asked: their keys are', async () => {
    const denied = ['wuauserv', 'UsoSvc'].map((service) => ({ service, error: 'EACCES' }));
    const start = (name: string, value: number) => key(`HKLM\\SYSTEM\\CurrentControlSet\\Services\\${name}`, { Start: value });
    expect(await machine(...denied, start('wuauserv', 3), start('UsoSvc', 2))).toMatchObject({ verdict: 'pass' });
    expect(await machine(...denied, start('wuauserv', 4), start('UsoSvc', 2))).toMatchObject({ verdict: 'fail' });
    expect(await machine(...denied)).toMatchObject({ verdict: 'unknown' });
  });
});

describe('os.reboot_pending', () => {
  const SERVICING = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing';
  const AUTO = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update';
  const booted = (at: string) => ({ cim: ['root/cimv2', 'Win32_OperatingSystem'], rows: [{ LastBootUpTime: at }] });
  const none = [SERVICING, AUTO].map((registry) => ({ registry, values: {}, keys: [] }));
  const noMarks = [`${SERVICING}\\RebootPending`, `${AUTO}\\RebootRequired`].map((registry) => ({ registry, error: 'ENOENT' }));
  const info = { com: 'Microsoft.Update.SystemInfo', value: { RebootRequired: false } };
  const mark = { registry: `${AUTO}\\RebootRequired`, values: { a: 1 }, keys: [] };

  test('Windows: a mark without a date counts from when the agent first saw it', async () => {
    const calls = [mark, booted('2026-10-01T00:00:00Z'), ...none, ...noMarks, info];
    expect(await readOnWindows('os.reboot_pending', calls)).toMatchObject({ verdict: 'unknown' });
    expect(await readOnWindows('os.reboot_pending', calls, { history: { 'os.reboot_pending': { required: '2026-11-01T00:00:00Z' } } })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('Windows Update'),
    });
  });
  test('Windows: started since less than the days allowed, it cannot wait for longer', async () => {
    expect(await readOnWindows('os.reboot_pending', [mark, booted('2026-11-22T00:00:00Z'), ...none, ...noMarks, info])).toMatchObject({ verdict: 'pass' });
  });
  test('Windows: a mark that may not be opened is found by its name above it', async () => {
    const denied = { registry: `${SERVICING}\\RebootPending`, error: 'EACCES' };
    const calls = [denied, booted('2026-11-22T00:00:00Z'), ...noMarks, info];
    expect(await readOnWindows('os.reboot_pending', [{ ...none[0], keys: ['RebootPending'] } as never, ...calls, ...none])).toMatchObject({
      reading: { value: { required: true } },
    });
    expect(await readOnWindows('os.reboot_pending', [...calls, ...none])).toMatchObject({ verdict: 'pass', reading: { value: { required: false } } });
    expect(await readOnWindows('os.reboot_pending', [{ registry: SERVICING, error: 'EACCES' }, ...calls, ...none])).toMatchObject({ verdict: 'unknown' });
  });
  test('an image that is prepared to be started', async () => {
    const status = (...deployments: object[]) => run('rpm-ostree status --json', JSON.stringify({ deployments }));
    const image = [absent('/run/reboot-required'), stat('/run/ostree-booted'), { read: '/proc/uptime', text: '3456000.0 1.0\n' }];
    const next = { booted: false, version: '43.20261120.0' };
    const runs = { booted: true, version: '43.20261001.0' };
    expect(await readOn('os.reboot_pending', [...image, status(next, runs), stat('/run/ostree/staged-deployment', '2026-11-01T00:00:00Z')])).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('43.20261120.0'),
    });
    expect(await readOn('os.reboot_pending', [...image, status(runs, next)])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('os.reboot_pending', [...image, run('rpm-ostree status --json', '{}')])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('a kernel without modules: needrestart knows, where it may look', async () => {
    const base = [absent('/run/reboot-required'), absent('/run/ostree-booted'), UBUNTU, { read: '/proc/sys/kernel/osrelease', text: '6.18.44-own\n' }];
    const calls = [...base, { list: '/lib/modules', error: 'ENOENT' }, { read: '/proc/uptime', text: '3600.0 1.0\n' }];
    const kernel = (state: number) => run('needrestart -b -k', `NEEDRESTART-VER: 3.6\nNEEDRESTART-KCUR: 6.18.44-own\nNEEDRESTART-KSTA: ${state}\n`);
    expect(await readOn('os.reboot_pending', [...calls, kernel(1)])).toMatchObject({ reading: { value: { required: false } } });
    expect(await readOn('os.reboot_pending', [...calls, kernel(3)])).toMatchObject({ reading: { value: { required: true } } });
    expect(await readOn('os.reboot_pending', [...calls, kernel(0)])).toMatchObject({ verdict: 'unknown' });
  });
});

describe('time.synced', () => {
  const stamp = '/run/systemd/timesync/synchronized';
  const show = (text: string) => run('timedatectl show -p NTP -p NTPSynchronized', text);
  test('by the stamp of timesyncd, while it is young; else by what the kernel holds', async () => {
    expect(await readOn('time.synced', [stat(stamp, '2026-11-24T07:40:00Z')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('time.synced', [stat(stamp, '2026-11-01T07:40:00Z'), show('NTP=yes\nNTPSynchronized=no\n')])).toMatchObject({ verdict: 'fail' });
    expect(await readOn('time.synced', [absent(stamp), show('NTPSynchronized=yes\nNTP=no\n')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('time.synced', [absent(stamp), show('NTP=no\nNTPSynchronized=no\n')])).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('by hand'),
    });
  });
  test('without systemd, chrony knows', async () => {
    const none = [absent(stamp), { run: ['timedatectl', 'show', '-p', 'NTP', '-p', 'NTPSynchronized'], error: 'ENOENT' }];
    const row = (leap: string) =>
      run('chronyc -c tracking', `A29FC87B,192.0.2.1,3,1764000000.1,0.000001,0.000002,0.00003,1.1,0.0,0.02,0.01,0.001,64.5,${leap}\n`);
    expect(await readOn('time.synced', [...none, row('Normal')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('time.synced', [...none, row('Not synchronised')])).toMatchObject({ verdict: 'fail' });
    expect(await readOn('time.synced', [...none, run('chronyc -c tracking', '506 Cannot talk to daemon\n', 1)])).toMatchObject({
      verdict: 'unknown',
      reason: 'missing-tool',
    });
  });
  test('macOS: only the setting, and only where it is set', async () => {
    const paths = [
      '/Library/Managed Preferences/com.apple.timed.plist',
      '/var/db/timed/Library/Preferences/com.apple.timed.plist',
      '/Library/Preferences/com.apple.timed.plist',
    ];
    const [managed, own, old] = paths.map((plist) => ({ plist, error: 'ENOENT' }));
    const set = (plist: string | undefined, value: boolean) => ({ plist, value: { TMAutomaticTimeOnlyEnabled: value } });
    expect(await readOnMac('time.synced', [managed, set(paths[1], true), old] as never)).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('time.synced', [set(paths[0], false), set(paths[1], true)] as never)).toMatchObject({ verdict: 'fail' });
    expect(await readOnMac('time.synced', [managed, own, old] as never)).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
    expect(await readOnMac('time.synced', [managed, { plist: paths[1], error: 'EACCES' }, old] as never)).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
  });
  test('Windows: where the time comes from, and a service that can be started', async () => {
    const machine = (type: unknown, start = 'manual') =>
      readOnWindows('time.synced', [
        { registry: 'HKLM\\SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters', error: 'ENOENT' },
        { registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\Parameters', values: { Type: type }, keys: [] },
        { service: 'W32Time', state: 'stopped', start },
      ]);
    expect(await machine('NTP')).toMatchObject({ verdict: 'pass' });
    expect(await machine('NT5DS')).toMatchObject({ verdict: 'pass' });
    expect(await machine('NoSync')).toMatchObject({ verdict: 'fail' });
    expect(await machine('NTP', 'disabled')).toMatchObject({ verdict: 'fail' });
    expect(await machine(7)).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
});

describe('firmware.updates', () => {
  const updates = (stdout: string, exit = 0) => run('fwupdmgr get-updates --json --no-metadata-check --no-unreported-check', stdout, exit);
  const remotes = (seconds: number) =>
    run('fwupdmgr get-remotes --json', JSON.stringify({ Remotes: [{ Id: 'lvfs', Kind: 'download', Enabled: 'true', ModificationTime: seconds }] }));
  const YESTERDAY = Date.parse('2026-11-23T00:00:00Z') / 1000;
  const device = JSON.stringify({ Devices: [{ Name: 'System Firmware', Version: '1.20', Releases: [{ Version: '1.25' }, { Version: '1.22' }] }] });
  const waiting = { history: { 'firmware.updates': { 'System Firmware 1.20 → 1.25': '2026-09-01T00:00:00Z' } } };
  test('nothing to do, by a list of yesterday and by one of last year', async () => {
    const nothing = updates('{\n  "Error" : {\n    "Domain" : "FwupdError",\n    "Code" : 9,\n    "Message" : "No updates available"\n  }\n}\n', 2);
    expect(await readOn('firmware.updates', [nothing, remotes(YESTERDAY)])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('firmware.updates', [nothing, remotes(YESTERDAY - 400 * 86_400)])).toMatchObject({ verdict: 'unknown' });
    expect(await readOn('firmware.updates', [updates('{"Devices": []}'), remotes(0)])).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
  });
  test('waiting since yesterday, and since September', async () => {
    expect(await readOn('firmware.updates', [updates(device), remotes(YESTERDAY)])).toMatchObject({
      verdict: 'pass',
      because: expect.stringContaining('1.25'),
    });
    expect(await readOn('firmware.updates', [updates(device), remotes(YESTERDAY)], waiting)).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('System Firmware'),
    });
  });
  test('a document with a table behind it is understood; silence is not', async () => {
    const behind = run(
      'fwupdmgr get-remotes --json',
      `{\n  "Remotes" : [{"Kind": "download", "Enabled": true, "ModificationTime": ${YESTERDAY}}]\n}\nlvfs\n  Enabled: true\n`,
    );
    expect(await readOn('firmware.updates', [updates('{"Devices": []}'), behind])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('firmware.updates', [updates('', 2), behind])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('a virtual machine has none of its own', async () => {
    expect(await readOn('firmware.updates', [{ read: '/sys/class/dmi/id/sys_vendor', text: 'QEMU\n' }])).toMatchObject({ verdict: 'not-applicable' });
  });
});
