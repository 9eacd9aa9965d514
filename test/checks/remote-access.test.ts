/** Remote access, file sharing and open ports in states that the shared recordings do not show. */
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

describe('remote access on a Mac', () => {
  const overrides = (lines: string) => ({
    run: ['launchctl', 'print-disabled', 'system'],
    stdout: `disabled services = {\n${lines}}\nlogin item associations = {\n}\n`,
    stderr: '',
    exit: 0,
  });
  const netstat = (rows: string) => ({
    run: ['netstat', '-anv', '-p', 'tcp'],
    ...{
      stdout: `Active Internet connections (including servers)\nProto Recv-Q Send-Q  Local Address          Foreign Address        (state)      rhiwat  shiwat    pid   epid state  options\n${rows}`,
      stderr: '',
      exit: 0,
    },
  });
  const noNetstat = { run: ['netstat', '-anv', '-p', 'tcp'], error: 'ETIMEDOUT' };
  const print = (label: string, loaded: boolean) => ({
    run: ['launchctl', 'print', `system/${label}`],
    ...(loaded
      ? { stdout: `system/${label} = {\n}\n`, stderr: '', exit: 0 }
      : { stdout: '', stderr: `Bad request.\nCould not find service "${label}" in domain for system\n`, exit: 113 }),
  });
  const silent = netstat('tcp4       0      0  127.0.0.1.631          *.*                    LISTEN       131072  131072    412      0 00100 00000006\n');
  const ssh = 'com.openssh.sshd';
  test.each([
    ['never switched, and its port is shut', [overrides(''), silent], 'pass'],
    [
      'never switched, and its port is open',
      [overrides(''), netstat('tcp46      0      0  *.22                   *.*                    LISTEN      131072 131072 1 0 00100 00000006\n')],
      'fail',
    ],
    ['never switched, ports unknown, not loaded', [overrides(''), noNetstat, print(ssh, false)], 'pass'],
    ['never switched, ports unknown, loaded', [overrides(''), noNetstat, print(ssh, true)], 'fail'],
    [
      'switched off, and another server has the port',
      [
        overrides(`\t\t"${ssh}" => disabled\n`),
        netstat('tcp4       0      0  *.22                   *.*                    LISTEN      131072 131072 1 0 00100 00000006\n'),
      ],
      'fail',
    ],
    ['switched off in the words of old systems', [overrides(`\t"${ssh}" => true\n`), silent], 'pass'],
    ['switched on, whatever else cannot be asked', [overrides(`\t\t"${ssh}" => enabled\n`), noNetstat], 'fail'],
    [
      'a list that was cut',
      [
        { run: ['launchctl', 'print-disabled', 'system'], stdout: 'disabled services = {\n\t\t"com.apple.ftpd" => disabled\n', stderr: '', exit: 0 },
        silent,
        print(ssh, false),
      ],
      'pass',
    ],
    [
      'a list that was cut, and nobody else answers',
      [{ run: ['launchctl', 'print-disabled', 'system'], stdout: 'disabled services = {\n\t\t"com.apple.ftpd" => disab', stderr: '', exit: 0 }, noNetstat],
      'unknown',
    ],
  ])('remote.ssh: %s', async (_name, calls, verdict) => {
    expect(await readOnMac('remote.ssh', calls)).toMatchObject({ verdict });
  });
  test('remote.ssh: root may ask systemsetup, and its refusal to others is no "off"', async () => {
    const says = (stdout: string) =>
      readOnMac('remote.ssh', [
        noNetstat,
        { run: ['launchctl', 'print-disabled', 'system'], error: 'ETIMEDOUT' },
        { run: ['systemsetup', '-getremotelogin'], stdout, stderr: '', exit: 0 },
      ]);
    expect(await says('Remote Login: On\n')).toMatchObject({ verdict: 'fail' });
    expect(await says('Remote Login: Off\n')).toMatchObject({ verdict: 'pass' });
    expect(await says('You need administrator access to run this tool... exiting!\n')).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  const sharing = 'com.apple.screensharing';
  const ard = (answer: object) => ({ read: '/Library/Application Support/Apple/Remote Desktop/RemoteManagement.launchd', ...answer });
  test.each([
    [
      'Remote Management is on',
      [overrides(`\t\t"${sharing}" => disabled\n`), silent, ard({ text: 'enabled' })],
      'fail',
      'Remote desktop is possible: Remote Management is active.',
    ],
    ['never switched', [overrides(''), silent, ard({ error: 'ENOENT' })], 'pass', undefined],
    ['Remote Management cannot be seen, and no port is open', [overrides(''), silent, ard({ error: 'EACCES' })], 'pass', undefined],
    [
      'Remote Management cannot be seen, nor can the ports',
      [overrides(`\t\t"${sharing}" => disabled\n`), noNetstat, ard({ error: 'EACCES' })],
      'unknown',
      undefined,
    ],
  ])('remote.desktop: %s', async (_name, calls, verdict, because) => {
    expect(await readOnMac('remote.desktop', calls)).toMatchObject({ verdict, ...(because === undefined ? {} : { because }) });
  });
  test("net.listening: only what others reach; the system's own ports are expected", async () => {
    const rows = [
      'tcp4       0      0  192.168.1.20.52011     17.57.146.10.5223      ESTABLISHED  131072  131072    412      0 00102 00000008',
      'tcp46      0      0  *.7000                 *.*                    LISTEN       131072  131072    612      0 00180 00000006',
      'tcp6       0      0  *.49154                *.*                    LISTEN       131072  131072    500      0 00180 00000006',
      'tcp6       0      0  ::1.5432               *.*                    LISTEN       131072  131072    700      0 00180 00000006',
      'tcp6       0      0  fe80::1%lo0.8021       *.*                    LISTEN       131072  131072    700      0 00180 00000006',
      'tcp6       0      0  fe80::aede:48ff:.8080  *.*                    LISTEN       131072  131072    700      0 00180 00000006',
      'tcp4       0      0  *.*                    *.*                    CLOSED       131072  131072    700      0 00180 00000006',
    ];
    const { verdict, because } = await readOnMac('net.listening', [netstat(`${rows.join('\n')}\n`)]);
    expect({ verdict, because }).toEqual({ verdict: 'fail', because: 'A port is open to other machines: tcp/8080.' });
    expect(await readOnMac('net.listening', [netstat(`${rows.filter((row) => !row.includes('8080')).join('\n')}\n`)])).toMatchObject({ verdict: 'pass' });
  });
  test('net.listening: no head, a cut row, a refusal', async () => {
    expect(
      await readOnMac('net.listening', [{ run: ['netstat', '-anv', '-p', 'tcp'], stdout: '', stderr: 'netstat: not permitted\n', exit: 0 }]),
    ).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await readOnMac('net.listening', [netstat('tcp46      0      0  *.54')])).toMatchObject({ verdict: 'unknown', reason: 'unparsable' });
    expect(await readOnMac('net.listening', [noNetstat])).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
  });
});

describe('remote access on Windows', () => {
  const registry = (key: string, answer: object) => ({ registry: key, ...answer });
  const local = (answer: object) => registry('HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server', answer);
  const policy = (answer: object) => registry('HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services', answer);
  const deny = (fDenyTSConnections: unknown) => ({ values: { fDenyTSConnections } });
  const listening = (...rows: [address: string, port: number][]) => ({
    cim: ['root/StandardCimv2', 'MSFT_NetTCPConnection'],
    rows: rows.map(([LocalAddress, LocalPort]) => ({ LocalAddress, LocalPort, State: 2, OwningProcess: 4 })),
  });
  test.each([
    ['policy forbids what is allowed locally', [policy(deny(1)), local(deny(0))], 'pass'],
    ['policy allows what is denied locally', [policy(deny(0)), local(deny(1))], 'fail'],
    ['a policy key without the value', [policy({ values: { fPromptForPassword: 1 } }), local(deny(0))], 'fail'],
    ['a policy that may not be read', [policy({ error: 'EACCES' }), local(deny(1))], 'unknown'],
    [
      'not said anywhere, and the service is disabled',
      [policy({ error: 'ENOENT' }), local({ values: {} }), { service: 'TermService', state: 'stopped', start: 'disabled' }],
      'pass',
    ],
    ['not said anywhere', [policy({ error: 'ENOENT' }), local({ values: {} }), { service: 'TermService', state: 'running', start: 'manual' }], 'unknown'],
    ['a word for a number', [policy({ error: 'ENOENT' }), local(deny('nein'))], 'unknown'],
    ['denied, and TeamViewer runs', [policy({ error: 'ENOENT' }), local(deny(1)), { service: 'TeamViewer', state: 'running', start: 'auto' }], 'fail'],
    ['not to be read, and the port is open', [policy({ error: 'EACCES' }), listening(['0.0.0.0', 3389])], 'fail'],
  ])('remote.desktop: %s', async (_name, calls, verdict) => {
    expect(await readOnWindows('remote.desktop', calls)).toMatchObject({ verdict });
  });
  const key = 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\sshd';
  test.each([
    ['installed and stopped', [{ service: 'sshd', state: 'stopped', start: 'manual' }], 'pass'],
    ['starting', [{ service: 'sshd', state: 'pending', start: 'auto' }], 'fail'],
    ['the service may not be seen, and is not in the registry', [{ service: 'sshd', error: 'EACCES' }, registry(key, { error: 'ENOENT' })], 'pass'],
    ['the service may not be seen, and is disabled', [{ service: 'sshd', error: 'EACCES' }, registry(key, { values: { Start: 4 } })], 'pass'],
    ['the service may not be seen, and starts by itself', [{ service: 'sshd', error: 'EACCES' }, registry(key, { values: { Start: 2 } })], 'unknown'],
    ['no service, and another server on its port', [{ service: 'sshd', error: 'ENOENT' }, listening(['::', 22])], 'fail'],
    ['no service, and a tunnel for this machine alone', [{ service: 'sshd', error: 'ENOENT' }, listening(['127.0.0.1', 22])], 'pass'],
  ])('remote.ssh: %s', async (_name, calls, verdict) => {
    expect(await readOnWindows('remote.ssh', calls)).toMatchObject({ verdict });
  });
  const parameters = (answer: object) => registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters', answer);
  const driver = (answer: object) => registry('HKLM\\SYSTEM\\CurrentControlSet\\Services\\mrxsmb10', answer);
  const build = (CurrentBuild: string) => registry('HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion', { values: { CurrentBuild } });
  const features = (server: number, client: number) => ({
    cim: ['root/cimv2', 'Win32_OptionalFeature'],
    rows: [
      { Name: 'SMB1Protocol-Server', InstallState: server },
      { Name: 'SMB1Protocol-Client', InstallState: client },
    ],
  });
  const gone = driver({ error: 'ENOENT' });
  test.each([
    ['not said on Windows 11', [parameters({ values: {} }), gone, build('26200')], 'pass'],
    ['not said on Windows 10 1607, where it is on', [parameters({ values: {} }), gone, build('14393')], 'fail'],
    ['not said, and the server is installed', [parameters({ values: {} }), gone, features(1, 3), build('26200')], 'fail'],
    ['the client starts with the system', [parameters({ values: { SMB1: 0 } }), driver({ values: { Start: 2 } })], 'fail'],
    ['the client starts when asked for', [parameters({ values: { SMB1: 0 } }), driver({ values: { Start: 3 } })], 'fail'],
    ['the registry refuses, the features are gone', [parameters({ error: 'EACCES' }), driver({ error: 'EACCES' }), features(3, 2)], 'pass'],
    ['the registry refuses, one feature is there', [parameters({ error: 'EACCES' }), driver({ error: 'EACCES' }), features(3, 1)], 'fail'],
    ['registry and features refuse', [parameters({ error: 'EACCES' }), gone, { cim: ['root/cimv2', 'Win32_OptionalFeature'], error: 'EACCES' }], 'unknown'],
    ['a word for a number', [parameters({ values: { SMB1: 'aus' } }), gone], 'unknown'],
  ])('remote.file_sharing: %s', async (_name, calls, verdict) => {
    expect(await readOnWindows('remote.file_sharing', calls)).toMatchObject({ verdict });
  });
  test('remote.file_sharing: a file server may share, but not with SMB 1', async () => {
    const calls = [parameters({ values: { SMB1: 1 } }), gone];
    expect(await readOnWindows('remote.file_sharing', calls, { params: { allowed: true } })).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('SMB 1.0 server'),
    });
  });
  test('net.listening: what Windows opens by itself is expected, a database is not', async () => {
    const own: [string, number][] = [
      ['0.0.0.0', 135],
      ['::', 445],
      ['192.168.1.5', 139],
      ['0.0.0.0', 49664],
      ['127.0.0.1', 8005],
      ['::1', 42050],
    ];
    expect(await readOnWindows('net.listening', [listening(...own)])).toMatchObject({ verdict: 'pass' });
    expect(await readOnWindows('net.listening', [listening(...own, ['0.0.0.0', 1433])])).toMatchObject({
      verdict: 'fail',
      because: 'A port is open to other machines: tcp/1433.',
    });
    expect(await readOnWindows('net.listening', [listening()])).toMatchObject({ verdict: 'unknown' });
  });
});

describe('remote access on Linux', () => {
  const head = '  sl  local_address rem_address   st\n';
  const row = (address: string, port: number) =>
    `   0: ${address}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1\n`;
  const tables = (four: string, six = '') => [
    { read: '/proc/net/tcp', text: head + four },
    { read: '/proc/net/tcp6', text: head + six },
  ];
  const noTables = [
    { read: '/proc/net/tcp', error: 'EACCES' },
    { read: '/proc/net/tcp6', error: 'EACCES' },
  ];
  const unit = (name: string, active: string, more: object = {}) => ({ unit: name, load: 'loaded', active, enabled: 'disabled', ...more });
  const ss = (stdout: string) => ({ run: ['ss', '-tlnH'], stdout, stderr: '', exit: 0 });

  test('one unit that runs is enough, though others cannot be asked', async () => {
    expect(await readOn('remote.ssh', [unit('sshd.service', 'active'), ...noTables])).toMatchObject({ verdict: 'fail' });
    expect(await readOn('remote.ssh', [unit('sshd.service', 'inactive'), ...noTables])).toMatchObject({ verdict: 'unknown' });
  });
  test('ss tells where the tables may not be read; nothing printed is nothing told', async () => {
    expect(
      await readOn('remote.ssh', [
        ...noTables,
        ss('LISTEN 0      128          0.0.0.0:22        0.0.0.0:*\nLISTEN 0      128             [::]:22           [::]:*\n'),
      ]),
    ).toMatchObject({ verdict: 'fail' });
    expect(await readOn('remote.ssh', [...noTables, ss('LISTEN 0      4096   127.0.0.53%lo:53        0.0.0.0:*\n')])).toMatchObject({ verdict: 'pass' });
    expect(await readOn('remote.ssh', [...noTables, ss('')])).toMatchObject({ verdict: 'unknown', reason: 'permission' });
  });
  const session = (state: object, rdp: object) => [
    unit('gnome-remote-desktop.service', 'inactive', { scope: 'user', ...state }),
    { gsettings: ['org.gnome.desktop.remote-desktop.rdp', 'enable'], ...rdp },
    { gsettings: ['org.gnome.desktop.remote-desktop.vnc', 'enable'], error: 'ENOENT' },
  ];
  test.each([
    ['the person shares the session', session({ active: 'active' }, { value: true, source: 'user' }), 'fail'],
    ['the service idles, the setting is off', session({ active: 'active' }, { value: false, source: 'default' }), 'pass'],
    ['a setting that is left over, the service does not run', session({}, { value: true, source: 'user' }), 'pass'],
  ])('remote.desktop in GNOME: %s', async (_name, calls, verdict) => {
    expect(await readOn('remote.desktop', [...calls, ...tables('')])).toMatchObject({ verdict });
  });
  test('remote.desktop: VNC on a later display, RDP on a later port, both for others', async () => {
    expect(await readOn('remote.desktop', tables(row('00000000', 5901)))).toMatchObject({ verdict: 'fail' });
    expect(await readOn('remote.desktop', tables('', row('0'.repeat(32), 3390)))).toMatchObject({ verdict: 'fail' });
    expect(await readOn('remote.desktop', tables(row('0100007F', 5901)))).toMatchObject({ verdict: 'pass' });
  });
  test('remote.desktop: a tool that calls out is named, and its remedy is its own', async () => {
    const { verdict, because, reading } = await readOn('remote.desktop', [unit('anydesk.service', 'active'), ...tables('')]);
    expect({ verdict, because }).toEqual({ verdict: 'fail', because: 'Remote desktop is possible: anydesk.service is active.' });
    if (reading.status !== 'known') throw new Error('not read');
    expect(english(remedyOf('remote.desktop', reading.value, 'linux'))).toMatch(/^Remove AnyDesk/);
  });
  test.each([
    ['Samba', [unit('smbd.service', 'active'), ...tables('')], 'fail'],
    ['NFS in the kernel, seen by its port', tables(row('00000000', 2049)), 'fail'],
    ['nothing', tables(''), 'pass'],
    [
      'units and ports are hidden',
      [...noTables, ...['smbd', 'smb', 'samba-ad-dc', 'ksmbd', 'nfs-server'].map((name) => ({ unit: `${name}.service`, error: 'EACCES' }))],
      'unknown',
    ],
  ])('remote.file_sharing: %s', async (_name, calls, verdict) => {
    expect(await readOn('remote.file_sharing', calls)).toMatchObject({ verdict });
  });
  const udp = (four: string) => [
    { read: '/proc/net/udp', text: head + four },
    { read: '/proc/net/udp6', error: 'ENOENT' },
  ];
  const bound = (port: number) => row('00000000', port).replace(' 0A ', ' 07 ');
  test('net.listening: UDP counts where policy says so, and then must be known', async () => {
    const snmp = [...tables(''), ...udp(bound(161) + bound(5353) + bound(40_000))];
    expect(await readOn('net.listening', snmp)).toMatchObject({ verdict: 'pass' });
    const params = { protocols: ['tcp', 'udp'] };
    expect(await readOn('net.listening', snmp, { params })).toMatchObject({ verdict: 'fail', because: 'A port is open to other machines: udp/161.' });
    expect(await readOn('net.listening', [...tables(''), { read: '/proc/net/udp', error: 'EACCES' }], { params })).toMatchObject({ verdict: 'unknown' });
    expect(await readOnMac('net.listening', [{ run: ['netstat', '-anv', '-p', 'tcp'], error: 'EACCES' }], { params })).toMatchObject({
      verdict: 'unknown',
      reason: 'permission',
    });
  });
  test('net.listening: policy names what may be open', async () => {
    const calls = [...tables(row('00000000', 22)), ...udp('')];
    expect(await readOn('net.listening', calls)).toMatchObject({ verdict: 'fail' });
    expect(await readOn('net.listening', calls, { params: { expected: { linux: ['tcp/20-25'], darwin: [], win32: [] } } })).toMatchObject({ verdict: 'pass' });
  });
  test('net.listening: many ports are told as a few and a number', async () => {
    const rows = Array.from({ length: 400 }, (_, index) => row('00000000', 1000 + index)).join('');
    expect(await readOn('net.listening', [...tables(rows), ...udp('')])).toMatchObject({
      verdict: 'fail',
      because: expect.stringMatching(/tcp\/1004 and 251 more\.$/),
    });
  });
});
