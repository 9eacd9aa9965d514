/** States of a screen lock that the shared recordings do not show. */
import { describe, expect, test } from '@jest/globals';
import { readOn, readOnMac, readOnWindows } from './machine.ts';

const minutes = (count: number): number => count * 60;

describe('on Linux', () => {
  const gnome = { XDG_CURRENT_DESKTOP: 'GNOME', XDG_SESSION_TYPE: 'wayland', HOME: '/home/example' };
  const kde = { ...gnome, XDG_CURRENT_DESKTOP: 'KDE' };
  const setting = (schema: string, key: string, answer: object) => ({ gsettings: [schema, key], ...answer });
  const locked = [
    setting('org.gnome.desktop.screensaver', 'lock-enabled', { value: true }),
    setting('org.gnome.desktop.screensaver', 'lock-delay', { value: 0 }),
    setting('org.gnome.desktop.session', 'idle-delay', { value: 300 }),
  ];
  test('GNOME: an administrator may take locking away, whatever the person chose', async () => {
    const lockdown = (answer: object) => setting('org.gnome.desktop.lockdown', 'disable-lock-screen', answer);
    expect(await readOn('screen.lock', [...locked, lockdown({ value: true })], { env: gnome })).toMatchObject({ verdict: 'fail' });
    expect(await readOn('screen.lock', [...locked, lockdown({ error: 'ENOENT' })], { env: gnome })).toMatchObject({ verdict: 'pass' });
    expect(await readOn('screen.lock', [...locked, lockdown({ error: 'ETIMEDOUT' })], { env: gnome })).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
  test('GNOME: a lock that comes two minutes after the dark is late', async () => {
    const late = setting('org.gnome.desktop.screensaver', 'lock-delay', { value: 120 });
    expect(await readOn('screen.lock', [late, ...locked], { env: gnome })).toMatchObject({ verdict: 'fail', because: expect.stringContaining('2 minutes') });
  });
  test('a setting of the wrong type is not understood', async () => {
    const text = setting('org.gnome.desktop.session', 'idle-delay', { value: 'five minutes' });
    expect(await readOn('screen.lock', [text, ...locked], { env: gnome })).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
  });
  test('MATE counts in minutes, and does not lock where its saver never starts', async () => {
    const mate = (activated: object) => [
      setting('org.mate.screensaver', 'lock-enabled', { value: true }),
      setting('org.mate.screensaver', 'lock-delay', { value: 1 }),
      setting('org.mate.session', 'idle-delay', { value: 10 }),
      setting('org.mate.screensaver', 'idle-activation-enabled', activated),
    ];
    const env = { ...gnome, XDG_CURRENT_DESKTOP: 'MATE' };
    expect(await readOn('screen.lock', mate({ value: true }), { env })).toMatchObject({
      verdict: 'pass',
      reading: { value: { ways: [{ by: 'idle', idleMs: 600_000, delayMs: 60_000 }] } },
    });
    expect(await readOn('screen.lock', mate({ value: false }), { env })).toMatchObject({ verdict: 'fail' });
  });
  const rc = (own: object, system: object = { error: 'ENOENT' }) => [
    { read: '/home/example/.config/kscreenlockerrc', ...own },
    { read: '/etc/xdg/kscreenlockerrc', ...system },
  ];
  test.each([
    ['no files: locks after five minutes', rc({ error: 'ENOENT' }), 'pass'],
    ['a comment and another group say nothing', rc({ text: '#[Daemon]\n[Greeter]\nAutolock=false\n' }), 'pass'],
    ['never is off', rc({ text: '[Daemon]\nTimeout=0\n' }), 'fail'],
    ['half an hour', rc({ text: '[Daemon]\nTimeout=30\n' }), 'fail'],
    ['a grace of five minutes', rc({ text: '[Daemon]\nLockGrace=300\n' }), 'fail'],
    ['a grace without end', rc({ text: '[Daemon]\nLockGrace=-1\n' }), 'fail'],
    ['no password', rc({ text: '[Daemon]\nRequirePassword=false\n' }), 'fail'],
    ['the person goes over the system', rc({ text: '[Daemon]\nAutolock=false\n' }, { text: '[Daemon]\nAutolock=true\n' }), 'fail'],
    ['unless the system forbids it for a key', rc({ text: '[Daemon]\nAutolock=false\n' }, { text: '[Daemon]\nAutolock[$i]=true\n' }), 'pass'],
    ['unless the system forbids it for the group', rc({ text: '[Daemon]\nTimeout=0\n' }, { text: '[Daemon][$i]\nTimeout=5\n' }), 'pass'],
    ['a file that may not be read', rc({ error: 'EACCES' }), 'unknown'],
    ['a number in words', rc({ text: '[Daemon]\nTimeout=five\n' }), 'unknown'],
  ])('KDE: %s', async (_name, calls, verdict) => {
    expect(await readOn('screen.lock', calls, { env: kde })).toMatchObject({ verdict });
  });
  test.each(['sway', 'Hyprland', 'i3', 'XFCE', 'LXQt', 'COSMIC', 'constructor'])(
    '%s has nothing to ask, and defaults of others do not count',
    async (desktop) => {
      expect(await readOn('screen.lock', locked, { env: { ...gnome, XDG_CURRENT_DESKTOP: desktop } })).toMatchObject({
        verdict: 'unknown',
        reason: 'unsupported',
      });
    },
  );
  test('root has settings too, and they lock nobody out', async () => {
    expect(await readOn('screen.lock', locked, { env: gnome, uid: 0 })).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  const session = (text: string) => [
    { list: '/run/systemd/sessions', entries: ['c1', 'c1.ref'] },
    { read: '/run/systemd/sessions/c1', text },
  ];
  test('over ssh, with a display of the other side: nobody sits here', async () => {
    const env = { XDG_SESSION_TYPE: 'tty', DISPLAY: 'localhost:10.0' };
    expect(await readOn('screen.lock', session('TYPE=tty\nREMOTE=1\n'), { env })).toMatchObject({ verdict: 'not-applicable', reason: 'headless' });
  });
  test('the login screen is nobody’s session', async () => {
    expect(await readOn('screen.lock', session('TYPE=wayland\nCLASS=greeter\n'))).toMatchObject({ verdict: 'not-applicable', reason: 'headless' });
  });
  test('a container has no screen, a system without logind does not tell', async () => {
    const none = { list: '/run/systemd/sessions', error: 'ENOENT' };
    const docker = { stat: '/.dockerenv', type: 'file', size: 0, mtime: '2026-11-20T06:00:00Z', mode: '0755', uid: 0, gid: 0 };
    expect(await readOn('screen.lock', [none, docker])).toMatchObject({ verdict: 'not-applicable', reason: 'container' });
    expect(await readOn('screen.lock', [none])).toMatchObject({ verdict: 'unknown', reason: 'no-data' });
  });
});

describe('on macOS', () => {
  const env = { USER: 'example', HOME: '/Users/example' };
  const lock = (stderr: string) => ({ run: ['sysadminctl', '-screenLock', 'status'], stdout: '', stderr, exit: 0 });
  const immediate = lock('screenLock delay is immediate\n');
  const pmset = (mains: number) => ({ run: ['pmset', '-g', 'custom'], stdout: `AC Power:\n displaysleep         ${mains}\n`, stderr: '', exit: 0 });
  const saver = (answer: object) => ({ plist: 'com.apple.screensaver', host: 'current', ...answer });
  const managed = (answer: object) => ({ plist: '/Library/Managed Preferences/com.apple.screensaver.plist', ...answer });
  const absent = [
    managed({ error: 'ENOENT' }),
    { plist: '/Library/Managed Preferences/example/com.apple.screensaver.plist', error: 'ENOENT' },
    { plist: '/Library/Preferences/com.apple.screensaver.plist', error: 'ENOENT' },
  ];
  const read = (calls: object[], more: object = {}) => readOnMac('screen.lock', [...calls, ...absent] as never, { env, ...more });
  test.each([
    ['neither saver nor display: never', [immediate, saver({ value: { idleTime: 0 } }), pmset(0)], 'fail'],
    ['no file for the saver is its default of 20 minutes', [immediate, saver({ error: 'ENOENT' }), pmset(0)], 'fail'],
    ['text that is a number', [immediate, saver({ value: { idleTime: '600' } }), pmset(0)], 'pass'],
    ['a profile goes over the person', [immediate, managed({ value: { idleTime: 1800 } }), saver({ value: { idleTime: 300 } }), pmset(0)], 'fail'],
    ['minus one second is off', [lock('screenLock delay is -1.000000 seconds\n'), saver({ value: { idleTime: 300 } }), pmset(5)], 'fail'],
    ['a minute is too late here', [lock('screenLock delay is 60 seconds\n'), saver({ value: { idleTime: 300 } }), pmset(5)], 'fail'],
    [
      'the display does not tell, the saver is quick enough',
      [immediate, saver({ value: { idleTime: 300 } }), { run: ['pmset', '-g', 'custom'], error: 'ETIMEDOUT' }],
      'pass',
    ],
    [
      'the display does not tell, the saver is not',
      [immediate, saver({ value: { idleTime: 1800 } }), { run: ['pmset', '-g', 'custom'], error: 'ETIMEDOUT' }],
      'unknown',
    ],
    [
      'the display does not tell, the saver never starts',
      [immediate, saver({ value: { idleTime: 0 } }), { run: ['pmset', '-g', 'custom'], error: 'ETIMEDOUT' }],
      'unknown',
    ],
    ['an answer without text', [lock(''), saver({ value: { idleTime: 300 } }), pmset(5)], 'unknown'],
    ['an answer in another language', [lock('Bildschirmsperre: sofort\n'), saver({ value: { idleTime: 300 } }), pmset(5)], 'unknown'],
    [
      'no answer, and a profile that demands the password',
      [lock(''), managed({ value: { askForPassword: true, askForPasswordDelay: 0, idleTime: 300 } }), pmset(0)],
      'pass',
    ],
    ['a profile that may not be read', [immediate, managed({ error: 'EACCES' }), saver({ value: { idleTime: 300 } }), pmset(5)], 'unknown'],
  ])('%s', async (_name, calls, verdict) => {
    expect(await read(calls)).toMatchObject({ verdict });
  });
  test('root is answered with what is root’s: a profile counts, and nothing else', async () => {
    expect(await read([immediate, saver({ value: { idleTime: 300 } }), pmset(5)], { uid: 0 })).toMatchObject({ verdict: 'unknown', reason: 'permission' });
    const profile = managed({ value: { askForPassword: true, askForPasswordDelay: 5, idleTime: 600 } });
    expect(await read([profile, pmset(0)], { uid: 0 })).toMatchObject({ verdict: 'pass' });
  });
});

describe('on Windows', () => {
  const PLAN = '{381b4222-f694-41f0-9685-ff5bb260df2e}';
  const SETTINGS = {
    display: '3c0bc021-c8a8-4e07-a973-6b14cbcb2b7e',
    sleep: '29f6c1db-86da-48c5-9fdb-f2b67b1f44da',
    wake: '0e796bdb-100d-47d6-a2d5-f7d2daa51f51',
  };
  const policy = (setting: keyof typeof SETTINGS, answer: object) => ({
    registry: `HKLM\\SOFTWARE\\Policies\\Microsoft\\Power\\PowerSettings\\${SETTINGS[setting]}`,
    ...answer,
  });
  const plan = (values: Record<keyof typeof SETTINGS, readonly [ac: number, dc: number]>) => [
    {
      cim: ['root/cimv2/power', 'Win32_PowerPlan'],
      rows: [
        { InstanceID: 'Microsoft:PowerPlan\\{8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c}', IsActive: false },
        { InstanceID: `Microsoft:PowerPlan\\${PLAN}`, IsActive: true },
      ],
    },
    {
      cim: ['root/cimv2/power', 'Win32_PowerSettingDataIndex'],
      rows: Object.entries(values).flatMap(([name, indices]) =>
        ['AC', 'DC'].flatMap((source, index) =>
          // Another plan asks for nothing, and is not in force.
          ['{8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c}', PLAN].map((guid) => ({
            InstanceID: `Microsoft:PowerSettingDataIndex\\${guid}\\${source}\\{${SETTINGS[name as keyof typeof SETTINGS]}}`,
            SettingIndexValue: guid === PLAN ? indices[index] : 0,
          })),
        ),
      ),
    },
  ];
  const awake = plan({ display: [0, 0], sleep: [0, 0], wake: [1, 1] });
  const desktop = (values: object) => ({ registry: 'HKCU\\Control Panel\\Desktop', values, keys: [] });
  const desktopPolicy = (values: object) => ({ registry: 'HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop', values, keys: [] });
  const system = (values: object) => ({ registry: 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System', values, keys: [] });
  const managed = (values: object) => ({ registry: 'HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock', values, keys: [] });
  const absent = [
    system({}),
    { registry: 'HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop', error: 'ENOENT' },
    { registry: 'HKLM\\SOFTWARE\\Microsoft\\PolicyManager\\current\\device\\DeviceLock', error: 'ENOENT' },
    ...(['display', 'sleep', 'wake'] as const).map((setting) => policy(setting, { error: 'ENOENT' })),
  ];
  const saver = { ScreenSaveActive: '1', ScreenSaverIsSecure: '1', ScreenSaveTimeOut: '600', 'SCRNSAVE.EXE': 'C:\\Windows\\system32\\scrnsave.scr' };
  const never = { DelayLockInterval: 0xffffffff };
  const read = (calls: object[], env: Record<string, string> = { USERNAME: 'example' }) =>
    readOnWindows('screen.lock', [...calls, ...absent] as never, { env });

  test.each<[string, object[], string]>([
    [
      'display after 10 minutes, and the sign-in every time',
      [desktop({ DelayLockInterval: 0 }), ...plan({ display: [600, 300], sleep: [0, 0], wake: [1, 1] })],
      'pass',
    ],
    ['the sign-in a minute later', [desktop({ DelayLockInterval: 60 }), ...plan({ display: [600, 300], sleep: [0, 0], wake: [1, 1] })], 'pass'],
    ['the sign-in 15 minutes later', [desktop({ DelayLockInterval: 900 }), ...plan({ display: [600, 300], sleep: [0, 0], wake: [1, 1] })], 'fail'],
    ['the sign-in never', [desktop(never), ...plan({ display: [600, 300], sleep: [600, 300], wake: [1, 1] })], 'fail'],
    ['on battery waking asks for nothing', [desktop({ DelayLockInterval: 0 }), ...plan({ display: [600, 300], sleep: [600, 300], wake: [1, 0] })], 'fail'],
    ['on mains the display stays on', [desktop({ DelayLockInterval: 0 }), ...plan({ display: [0, 300], sleep: [0, 300], wake: [1, 1] })], 'fail'],
    ['nothing chosen, asleep after 10 minutes', [desktop({}), ...plan({ display: [0, 0], sleep: [600, 600], wake: [1, 1] })], 'pass'],
    [
      'nothing chosen, and only the display goes dark: that locks some computers',
      [desktop({}), ...plan({ display: [300, 300], sleep: [0, 0], wake: [1, 1] })],
      'unknown',
    ],
    ['nothing at all', [desktop(never), ...awake], 'fail'],
    ['a secure saver', [desktop({ ...saver, ...never }), ...awake], 'pass'],
    ['no program for it', [desktop({ ...saver, ...never, 'SCRNSAVE.EXE': '' }), ...awake], 'fail'],
    ['a program by name of none', [desktop({ ...saver, ...never, 'SCRNSAVE.EXE': '(None)' }), ...awake], 'fail'],
    ['after 20 minutes', [desktop({ ...saver, ...never, ScreenSaveTimeOut: '1200' }), ...awake], 'fail'],
    ['after a time that is none', [desktop({ ...saver, ...never, ScreenSaveTimeOut: '1.200' }), ...awake], 'unknown'],
    ['the policy switches the saver off', [desktop({ ...saver, ...never }), desktopPolicy({ ScreenSaveActive: '0' }), ...awake], 'fail'],
    ['the policy makes it secure', [desktop({ ...saver, ...never, ScreenSaverIsSecure: '0' }), desktopPolicy({ ScreenSaverIsSecure: '1' }), ...awake], 'pass'],
    ['no limit is no lock', [system({ InactivityTimeoutSecs: 0 }), desktop(never), ...awake], 'fail'],
    ['the organisation’s limit', [managed({ DevicePasswordEnabled: 0, MaxInactivityTimeDeviceLock: 15 }), desktop(never), ...awake], 'pass'],
    ['its limit, and no password', [managed({ DevicePasswordEnabled: 1, MaxInactivityTimeDeviceLock: 15 }), desktop(never), ...awake], 'fail'],
    [
      'a policy puts the display to sleep',
      [policy('display', { values: { ACSettingIndex: 600, DCSettingIndex: 600 } }), desktop({ DelayLockInterval: 0 }), ...awake],
      'pass',
    ],
    ['the person’s settings are refused, and nothing else locks', [{ registry: 'HKCU\\Control Panel\\Desktop', error: 'EACCES' }, ...awake], 'unknown'],
    [
      'they are refused, and the machine locks',
      [system({ InactivityTimeoutSecs: 600 }), { registry: 'HKCU\\Control Panel\\Desktop', error: 'EACCES' }, ...awake],
      'pass',
    ],
    [
      'they are refused, and the machine locks too late',
      [system({ InactivityTimeoutSecs: minutes(30) }), { registry: 'HKCU\\Control Panel\\Desktop', error: 'EACCES' }],
      'unknown',
    ],
  ])('%s', async (_name, calls, verdict) => {
    expect(await read(calls)).toMatchObject({ verdict });
  });
  test('a sign-in that is never asked for is no lock, however soon the display sleeps', async () => {
    const calls = [desktop(never), ...plan({ display: [300, 300], sleep: [300, 300], wake: [1, 1] })];
    expect(await read(calls)).toMatchObject({ verdict: 'fail', because: 'Automatic locking is off.', reading: { value: { ways: [] } } });
  });
  test('a service sees its own settings: they count for nobody, what is the machine’s does', async () => {
    const calls = [desktop({ ...saver, DelayLockInterval: 0 }), ...awake];
    for (const USERNAME of ['SYSTEM', 'EXAMPLE-PC$']) {
      expect(await read(calls, { USERNAME })).toMatchObject({ verdict: 'unknown', reason: 'permission' });
      expect(await read([system({ InactivityTimeoutSecs: 900 }), ...calls], { USERNAME })).toMatchObject({ verdict: 'pass' });
    }
  });
});
