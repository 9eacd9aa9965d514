/** States of accounts that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { createRecordedHost } from '../../src/host/index.ts';
import { registryValues } from '../../src/model/index.ts';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

const LOGIN = '/Library/Preferences/com.apple.loginwindow.plist';
const MANAGED_LOGIN = '/Library/Managed Preferences/com.apple.loginwindow.plist';
const MCX = '/Library/Managed Preferences/com.apple.MCX.plist';
const plist = (path: string, answer: object) => ({ plist: path, ...answer });

describe('account.autologin on Linux', () => {
  const link = (unit: string) => ({ link: '/etc/systemd/system/display-manager.service', target: `/usr/lib/systemd/system/${unit}` });
  const noLink = { link: '/etc/systemd/system/display-manager.service', error: 'ENOENT' };
  const file = (path: string, text: string) => ({ read: path, text });
  const folder = (path: string, entries: string[]) => ({ list: path, entries });
  const absent = [
    ...['/etc/gdm3/custom.conf', '/etc/gdm3/daemon.conf', '/etc/gdm/custom.conf', '/etc/sddm.conf', '/etc/plasmalogin.conf'].map((read) => ({
      read,
      error: 'ENOENT',
    })),
    ...['/etc/lightdm/lightdm.conf', '/etc/lxdm/lxdm.conf', '/etc/greetd/config.toml'].map((read) => ({ read, error: 'ENOENT' })),
    ...['/etc/sddm.conf.d', '/usr/lib/sddm/sddm.conf.d', '/etc/plasmalogin.conf.d'].map((list) => ({ list, error: 'ENOENT' })),
    ...['/etc/lightdm/lightdm.conf.d', '/usr/share/lightdm/lightdm.conf.d', '/etc/systemd/system/getty@tty1.service.d'].map((list) => ({
      list,
      error: 'ENOENT',
    })),
  ];
  const gdm = (text: string) => [link('gdm.service'), file('/etc/gdm3/custom.conf', text)];
  const sddm = (own: string, distribution = '') => [
    link('sddm.service'),
    folder('/usr/lib/sddm/sddm.conf.d', ['10-vendor.conf']),
    file('/usr/lib/sddm/sddm.conf.d/10-vendor.conf', distribution),
    folder('/etc/sddm.conf.d', ['kde_settings.conf']),
    file('/etc/sddm.conf.d/kde_settings.conf', own),
  ];
  const lightdm = (text: string) => [link('lightdm.service'), file('/etc/lightdm/lightdm.conf', text)];
  const greetd = (text: string) => [link('greetd.service'), file('/etc/greetd/config.toml', text)];
  const console = (...texts: string[]) => [
    noLink,
    folder(
      '/etc/systemd/system/getty@tty1.service.d',
      texts.map((_, index) => `${index}.conf`),
    ),
    ...texts.map((text, index) => file(`/etc/systemd/system/getty@tty1.service.d/${index}.conf`, text)),
  ];
  test.each<[string, object[], string]>([
    ['gdm: lines that are comments', gdm('[daemon]\n#AutomaticLoginEnable=true\n#  AutomaticLogin=user1\n'), 'pass'],
    ['gdm: in another section', gdm('[security]\nAutomaticLoginEnable=true\nAutomaticLogin=user1\n[daemon]\n'), 'pass'],
    ['gdm: a switch without a name does nothing', gdm('[daemon]\nAutomaticLoginEnable=true\n'), 'pass'],
    ['gdm: a name without a switch does nothing', gdm('[daemon]\nAutomaticLogin=user1\n'), 'pass'],
    ['gdm: in capitals, with spaces', gdm('[daemon]\r\nAutomaticLoginEnable = TRUE\r\nAutomaticLogin = user1\r\n'), 'fail'],
    ['gdm: after a while', gdm('[daemon]\nTimedLoginEnable=true\nTimedLogin=user1\nTimedLoginDelay=10\n'), 'fail'],
    ['gdm: the last word counts', gdm('[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=user1\n[daemon]\nAutomaticLoginEnable=false\n'), 'pass'],
    ['gdm: a word that is neither', gdm('[daemon]\nAutomaticLoginEnable=maybe\nAutomaticLogin=user1\n'), 'unknown'],
    ['gdm: may not be read', [link('gdm.service'), { read: '/etc/gdm3/custom.conf', error: 'EACCES' }], 'unknown'],
    ['sddm: the person takes back what the distribution set', sddm('[Autologin]\nUser=\n', '[Autologin]\nUser=live\n'), 'pass'],
    ['sddm: the distribution logs in', sddm('[Theme]\nCurrent=breeze\n', '[Autologin]\nUser=live\n'), 'fail'],
    ['lightdm: for every seat', lightdm('[Seat:*]\nautologin-user=user1\n'), 'fail'],
    ['lightdm: a guest', lightdm('[SeatDefaults]\nautologin-guest=true\n'), 'fail'],
    ['lightdm: a comment', lightdm('[Seat:*]\n#autologin-user=\n#autologin-user=user1\n'), 'pass'],
    [
      'greetd: a first session',
      greetd('[default_session]\ncommand = "agreety"\nuser = "greeter"\n\n[initial_session]\ncommand = "sway"\nuser = "user1" # me\n'),
      'fail',
    ],
    ['greetd: greets everybody', greetd('[default_session]\ncommand = "agreety"\nuser = "greeter"\n'), 'pass'],
    ['the console logs in', console('[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin user1 --noclear %I $TERM\n'), 'fail'],
    ['the console, as it is', console('[Service]\nExecStart=\nExecStart=-/sbin/agetty -o "-p -- \\\\u" --noclear - $TERM\n'), 'pass'],
    ['the console, taken back', console('[Service]\nExecStart=-/sbin/agetty -a user1 - $TERM\n', '[Service]\nExecStart=\n'), 'pass'],
    ['settings of a login screen that is not started', [link('gdm.service'), file('/etc/sddm.conf', '[Autologin]\nUser=user1\n')], 'pass'],
    ['a login screen that nobody knows', [link('ly.service')], 'unknown'],
    ['a link to nothing that is a unit', [link('')], 'unknown'],
    ['no login screen at all', [noLink], 'pass'],
    ['which one is not known, and one of them logs in', [{ ...noLink, error: 'EACCES' }, file('/etc/sddm.conf', '[Autologin]\nUser=user1\n')], 'fail'],
  ])('%s', async (_name, calls, verdict) => {
    expect(await readOn('account.autologin', [...calls, ...absent] as never)).toMatchObject({ verdict });
  });
  test('the name stays on the device', async () => {
    const { reading } = await readOn('account.autologin', [...gdm('[daemon]\nAutomaticLoginEnable=true\nAutomaticLogin=secretname\n'), ...absent] as never);
    expect(JSON.stringify(reading)).not.toContain('secretname');
  });
});

describe('account.autologin on macOS', () => {
  const on = plist(LOGIN, { value: { autoLoginUser: 'secretname' } });
  const fdesetup = (answer: object) => ({ run: ['fdesetup', 'status'], stderr: '', exit: 0, ...answer });
  const unmanaged = plist(MANAGED_LOGIN, { error: 'ENOENT' });
  test.each<[string, object[], string]>([
    ['FileVault asks before', [on, unmanaged, fdesetup({ stdout: 'FileVault is On.\n' })], 'pass'],
    ['FileVault is being switched off', [on, unmanaged, fdesetup({ stdout: 'FileVault is On.\nDecryption in progress: Percent completed = 20\n' })], 'fail'],
    ['FileVault will be on', [on, unmanaged, fdesetup({ stdout: 'FileVault is Off, but will be enabled after the next restart.\n' })], 'fail'],
    ['whether FileVault is on is not known', [on, unmanaged, { run: ['fdesetup', 'status'], error: 'ETIMEDOUT' }], 'unknown'],
    ['a profile forbids it', [on, plist(MANAGED_LOGIN, { value: { 'com.apple.login.mcx.DisableAutoLoginClient': true } })], 'pass'],
    ['no preferences at all', [plist(LOGIN, { error: 'ENOENT' })], 'pass'],
    ['an empty name', [plist(LOGIN, { value: { autoLoginUser: '' } })], 'pass'],
    ['a name that is none', [plist(LOGIN, { value: { autoLoginUser: 1 } })], 'unknown'],
    ['not a dictionary', [plist(LOGIN, { value: [] })], 'unknown'],
  ])('%s', async (_name, calls, verdict) => {
    const { reading, verdict: got } = await readOnMac('account.autologin', calls as never);
    expect(got).toBe(verdict);
    expect(JSON.stringify(reading)).not.toContain('secretname');
  });
});

describe('account.autologin on Windows', () => {
  const KEY = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon';
  const winlogon = (values: object) => [{ registry: KEY, values, keys: [] }];
  test.each([
    [{ AutoAdminLogon: 1 }, 'fail'],
    [{ AutoAdminLogon: '1 ' }, 'fail'],
    [{ autoadminlogon: '1' }, 'fail'],
    [{ AutoAdminLogon: '0', DefaultPassword: 'secret' }, 'pass'],
    [{ AutoAdminLogon: '' }, 'pass'],
    [{ AutoAdminLogon: '1', AutoLogonCount: 3 }, 'fail'],
    [{ AutoAdminLogon: '0', ForceAutoLogon: '1' }, 'fail'],
    [{ AutoAdminLogon: 'ja' }, 'unknown'],
  ])('%j', async (values, verdict) => {
    expect(await readOnWindows('account.autologin', winlogon(values))).toMatchObject({ verdict });
  });
  test('password and name are not among what is read, whatever the key holds', async () => {
    const host = createRecordedHost({
      ...{ os: 'win32', release: 'x', user: { admin: false }, env: {}, now: '2026-11-24T08:00:00Z' },
      calls: [{ registry: KEY, values: { AutoAdminLogon: '1', DefaultPassword: 'secret', DefaultUserName: 'example' }, keys: ['Notify'] }],
    });
    const need = registryValues(KEY, 'AutoAdminLogon');
    expect((await host.gather([need]))(need)).toEqual({ values: { AutoAdminLogon: '1' }, keys: [] });
  });
});

describe('account.guest', () => {
  const row = (SID: string, Disabled: unknown, LocalAccount = true) => ({ Name: 'Invité', SID, Disabled, LocalAccount });
  const accounts = (...rows: object[]) => [{ cim: ['root/cimv2', 'Win32_UserAccount'], rows }];
  const own = 'S-1-5-21-1-2-3-501';
  test.each<[string, object[], string]>([
    ['of this machine, beside that of the domain', accounts(row(own, true), row('S-1-5-21-9-9-9-501', false, false)), 'pass'],
    ['another account whose number ends alike', accounts(row(own, true), row('S-1-5-21-1-2-3-1501', false)), 'pass'],
    ['none is listed, and every Windows has one', accounts(), 'unknown'],
    ['neither on nor off', accounts(row(own, null)), 'unknown'],
  ])('Windows: %s', async (_name, calls, verdict) => {
    expect(await readOnWindows('account.guest', calls as never)).toMatchObject({ verdict });
  });
  const sysadminctl = (stderr: string) => ({ run: ['sysadminctl', '-guestAccount', 'status'], stdout: '', stderr, exit: 0 });
  const none = [plist(MCX, { error: 'ENOENT' }), plist(MANAGED_LOGIN, { error: 'ENOENT' })];
  test.each<[string, object[], string]>([
    ['a profile forbids it', [plist(LOGIN, { value: { GuestEnabled: true } }), plist(MCX, { value: { DisableGuestAccount: true } }), ...none], 'pass'],
    ['a profile allows it', [plist(LOGIN, { value: {} }), plist(MCX, { value: { EnableGuestAccount: true } }), ...none], 'fail'],
    ['text for on', [plist(LOGIN, { value: { GuestEnabled: 'YES' } }), ...none], 'fail'],
    [
      'a word that is neither',
      [plist(LOGIN, { value: { GuestEnabled: 'maybe' } }), ...none, { run: ['sysadminctl', '-guestAccount', 'status'], error: 'ENOENT' }],
      'unknown',
    ],
    ['preferences are refused, and sysadminctl tells', [plist(LOGIN, { error: 'EACCES' }), ...none, sysadminctl('Guest account enabled.\n')], 'fail'],
    ['preferences are refused, and sysadminctl says nothing', [plist(LOGIN, { error: 'EACCES' }), ...none, sysadminctl('')], 'unknown'],
  ])('macOS: %s', async (_name, calls, verdict) => {
    expect(await readOnMac('account.guest', calls as never)).toMatchObject({ verdict });
  });
});

describe('account.admin', () => {
  const group = { read: '/etc/group', text: 'root:x:0:\nsudo:x:27:example\nwheel:x:10:\nusers:x:100:\n' };
  const status = (groups: string) => ({ read: '/proc/self/status', text: `Name:\tnode\nGid:\t1000\t1000\t1000\t1000\nGroups:\t${groups} \n` });
  const strict = { params: { requireStandardUser: true } };
  test('Linux: by the numbers that this process has, not by who is listed', async () => {
    expect(await readOn('account.admin', [group, status('27 100 1000')])).toMatchObject({ verdict: 'pass', reading: { value: { admin: true } } });
    expect(await readOn('account.admin', [group, status('27 100 1000')], strict)).toMatchObject({ verdict: 'fail' });
    expect(await readOn('account.admin', [group, status('100 1000')], strict)).toMatchObject({ verdict: 'pass' });
    expect(await readOn('account.admin', [group, status('')], strict)).toMatchObject({ verdict: 'pass' });
  });
  test('Linux: not known to be one is not "a standard user"', async () => {
    expect(await readOn('account.admin', [{ ...group, text: 'rubbish' }, status('100')], strict)).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    const denied = [{ read: '/etc/group', error: 'EACCES' }, status('100')];
    expect(await readOn('account.admin', denied, strict)).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    expect(await readOn('account.admin', denied, { admin: true, ...strict })).toMatchObject({ verdict: 'fail' });
  });
  test('macOS: dseditgroup answers in words and by its exit, and both must agree', async () => {
    const call = (stdout: string, exit: number) => [{ run: ['dseditgroup', '-o', 'checkmember', '-m', 'example', 'admin'], stdout, stderr: '', exit }];
    const env = { USER: 'example' };
    expect(await readOnMac('account.admin', call('no example is NOT a member of admin\n', 67), { env, ...strict })).toMatchObject({ verdict: 'pass' });
    expect(await readOnMac('account.admin', call('yes example is a member of admin\n', 0), { env, ...strict })).toMatchObject({ verdict: 'fail' });
    expect(await readOnMac('account.admin', call('no example is NOT a member of admin\n', 0), { env, ...strict })).toMatchObject({ verdict: 'unknown' });
    expect(await readOnMac('account.admin', call('', 0), { env, ...strict })).toMatchObject({ verdict: 'unknown' });
  });
  test('Windows: whether rights are asked for is said with them', async () => {
    const policies = (values: object) => [{ registry: 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System', values, keys: [] }];
    expect(await readOnWindows('account.admin', policies({ EnableLUA: 0 }), { admin: true })).toMatchObject({
      verdict: 'pass',
      because: expect.stringContaining('does not ask'),
    });
    expect(await readOnWindows('account.admin', [], { admin: true, ...strict })).toMatchObject({ verdict: 'fail' });
  });
});

describe('account.password_policy', () => {
  const passwd = { read: '/etc/passwd', text: 'root:x:0:0::/root:/bin/bash\nexample:x:1000:1000::/home/example:/bin/bash\n' };
  const pam = (text: string) => [
    { read: '/etc/pam.d/common-password', error: 'ENOENT' },
    { read: '/etc/pam.d/system-auth', text },
  ];
  const quality = (text?: string, part?: string) => [
    { read: '/etc/security/pwquality.conf', ...(text === undefined ? { error: 'ENOENT' } : { text }) },
    { list: '/etc/security/pwquality.conf.d', ...(part === undefined ? { error: 'ENOENT' } : { entries: ['50.conf', 'README'] }) },
    { read: '/etc/security/pwquality.conf.d/50.conf', text: part ?? '' },
  ];
  const fedora =
    'password    requisite     pam_pwquality.so local_users_only retry=3\npassword    sufficient    pam_unix.so yescrypt shadow use_authtok\npassword required pam_deny.so\n';
  test.each<[string, object[], number]>([
    [
      'Debian, nothing set',
      [{ read: '/etc/pam.d/common-password', text: 'password\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\n' }, ...quality()],
      6,
    ],
    ['a module, and its own default', [...pam(fedora), ...quality()], 8],
    ['pwquality.conf', [...pam(fedora), ...quality('# minlen = 20\nminlen = 14\n')], 14],
    ['arguments go over it', [...pam(fedora.replace('retry=3', 'minlen=10')), ...quality('minlen = 14\n')], 10],
    ['pwquality without its module is never asked', [...pam('password required pam_unix.so minlen=7\n'), ...quality('minlen = 14\n')], 7],
    ['digits that count for length', [...pam(fedora), ...quality('minlen = 14\ndcredit = 2\nucredit = -1\n')], 12],
    ['a file and a folder that disagree: the weaker', [...pam(fedora), ...quality('minlen = 14\n', 'minlen = 10\n')], 10],
    ['a folder', [...pam(fedora), ...quality('', 'minlen=12')], 12],
    ['lines that are comments', [...pam(`#password required pam_unix.so minlen=20\n${fedora}`), ...quality()], 8],
  ])('Linux: %s', async (_name, calls, minLength) => {
    expect(await readOn('account.password_policy', [passwd, ...calls] as never)).toMatchObject({
      verdict: minLength >= 8 ? 'pass' : 'fail',
      reading: { value: { minLength } },
    });
  });
  test('Linux: a directory keeps the account', async () => {
    expect(await readOn('account.password_policy', [passwd, ...pam(fedora), ...quality()], { uid: 60_001 })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'account-elsewhere',
    });
  });
  test('Linux: what is not understood demands nothing, and allows nothing', async () => {
    expect(await readOn('account.password_policy', [passwd, ...pam('password required pam_homed.so\n'), ...quality()])).toMatchObject({ verdict: 'unknown' });
    expect(await readOn('account.password_policy', [{ ...passwd, text: '' }])).toMatchObject({ verdict: 'unknown' });
    expect(await readOn('account.password_policy', [passwd, ...pam(fedora), ...quality('minlen = many\n')])).toMatchObject({ verdict: 'unknown' });
  });
  test('macOS: a profile tells without a program; else pwpolicy', async () => {
    const profile = (answer: object) => plist('/Library/Managed Preferences/com.apple.mobiledevice.passwordpolicy.plist', answer);
    expect(await readOnMac('account.password_policy', [profile({ value: { minLength: 12 } })])).toMatchObject({ verdict: 'pass' });
    const pwpolicy = { run: ['pwpolicy', 'getaccountpolicies'], stdout: 'Getting global account policies\nNo account policies set.\n', stderr: '', exit: 0 };
    expect(await readOnMac('account.password_policy', [profile({ error: 'ENOENT' }), pwpolicy])).toMatchObject({ verdict: 'fail' });
  });
  test('Windows: known where the organisation manages it, elsewhere where it keeps the accounts, and otherwise not known', async () => {
    const lock = (answer: object) => ({ registry: 'HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock', ...answer });
    const entra = (answer: object) => ({ registry: 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo', ...answer });
    const read = (calls: object[]) => readOnWindows('account.password_policy', calls as never);
    expect(await read([lock({ values: { DevicePasswordEnabled: 0, MinDevicePasswordLength: 12 } })])).toMatchObject({ verdict: 'pass' });
    expect(await read([lock({ error: 'ENOENT' }), entra({ values: {}, keys: ['0123'] })])).toMatchObject({ verdict: 'not-applicable' });
    expect(await read([lock({ error: 'ENOENT' }), entra({ error: 'ENOENT' })])).toMatchObject({ verdict: 'unknown', reason: 'unsupported' });
    expect(await read([lock({ error: 'EACCES' }), entra({ error: 'ENOENT' })])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
});
